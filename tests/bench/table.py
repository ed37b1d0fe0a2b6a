"""The printed table: medians, ratios, and what a further pipeline costs."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from sandbox.progress import console
from tests.bench.rival import DIFF, SYNTH, SYNTH_COMPILED
from tests.bench.timing import Seconds

EMPTY, PROGRAM = "import pulumi", "this program"
_COMMANDS = (EMPTY, PROGRAM, SYNTH, SYNTH_COMPILED, DIFF)
_RIVAL = "cdk8s synth + kubectl diff"
_RATIOS = {
    "of an empty program": (EMPTY,),
    f"of {_RIVAL}": (SYNTH, DIFF),
    "of the same, compiled beforehand": (SYNTH_COMPILED, DIFF),
}
_FURTHER = {PROGRAM: (PROGRAM,), _RIVAL: (SYNTH, DIFF)}
_GOALS = (
    "goals with real plugins, at one pipeline: at most 1.6 of an empty program and 0.7 of cdk8s synth + kubectl diff; "
    "below 15 ms for each further pipeline"
)

Taken = Mapping[int, Mapping[str, Seconds]]


def show(taken: Taken, notes: Sequence[str]) -> None:
    """Print the table.

    Args:
        taken: number of pipelines to the seconds of each command; the rival's may be left out.
        notes: what was compared with what.
    """
    (some, *_) = taken.values()
    seconds = Table("seconds (least-most)", *(_pipelines(n) for n in taken))
    for name in filter(some.get, _COMMANDS):
        seconds.add_row(name, *(str(row[name]) for row in taken.values()))
    ratios = Table("this program", *(_pipelines(n) for n in taken))
    for name, parts in _RATIOS.items():
        if some.keys() >= {*parts}:
            ratios.add_row(name, *(f"{row[PROGRAM].median / _sum(row, parts):.2f}" for row in taken.values()))
    console.print(seconds, ratios)
    if len(taken) > 1:
        for name, parts in _FURTHER.items():
            if some.keys() >= {*parts}:
                console.print(f"each further pipeline, {name}: {_further(taken, parts):.0f} ms", markup=False)
    for line in (_GOALS, *notes):
        console.print(line, markup=False)


def _pipelines(count: int) -> str:
    return f"{count} pipelines" if count > 1 else "1 pipeline"


def _sum(row: Mapping[str, Seconds], parts: Sequence[str]) -> float:
    return sum(row[part].median for part in parts)


def _further(taken: Taken, parts: Sequence[str]) -> float:
    least, most = min(taken), max(taken)
    return 1000 * (_sum(taken[most], parts) - _sum(taken[least], parts)) / (most - least)
