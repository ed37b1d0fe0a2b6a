"""The printed table: medians, ratios, and what a further pipeline costs."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from sandbox.progress import console
from tests.bench.rival import DIFF, SYNTH, SYNTH_COMPILED
from tests.bench.timing import Seconds

EMPTY, PROGRAM = "import pulumi", "this program"
_COMMANDS = (EMPTY, PROGRAM, SYNTH, SYNTH_COMPILED, DIFF)
_GOALS = (
    "goals with real plugins: at most 1.6 of the empty program, at most 0.7 of cdk8s + diff, below 15 ms each further"
)

Taken = Mapping[int, Mapping[str, Seconds]]


def show(taken: Taken, notes: Sequence[str]) -> None:
    """Print the table.

    Args:
        taken: number of pipelines to the seconds of each command; the rival's may be left out.
        notes: what was compared with what.
    """
    seconds = Table("seconds (least-most)", *(_pipelines(n) for n in taken))
    for name in _COMMANDS:
        if all(name in row for row in taken.values()):
            seconds.add_row(name, *(str(row[name]) for row in taken.values()))
    ratios = Table("this program", *(_pipelines(n) for n in taken))
    for name, whole in {
        "of an empty program": (EMPTY,),
        "of cdk8s synth + kubectl diff": (SYNTH, DIFF),
        "of the same, compiled beforehand": (SYNTH_COMPILED, DIFF),
    }.items():
        if all(part in row for row in taken.values() for part in whole):
            ratios.add_row(name, *(f"{_ratio(row, whole):.2f}" for row in taken.values()))
    for table in (seconds, ratios):
        console.print(table)
    for name, whole in {PROGRAM: (PROGRAM,), "cdk8s synth + kubectl diff": (SYNTH, DIFF)}.items():
        if all(part in row for row in taken.values() for part in whole):
            console.print(f"each further pipeline, {name}: {_further(taken, whole):.0f} ms", markup=False)
    for line in (_GOALS, *notes):
        console.print(line, markup=False)


def _pipelines(count: int) -> str:
    return f"{count} pipelines" if count > 1 else "1 pipeline"


def _sum(row: Mapping[str, Seconds], parts: Sequence[str]) -> float:
    return sum(row[part].median for part in parts)


def _ratio(row: Mapping[str, Seconds], whole: Sequence[str]) -> float:
    return row[PROGRAM].median / _sum(row, whole)


def _further(taken: Taken, parts: Sequence[str]) -> float:
    least, most = min(taken), max(taken)
    return 1000 * (_sum(taken[most], parts) - _sum(taken[least], parts)) / (most - least)
