"""The printed table: medians, the ratio, and what a further pipeline costs."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from sandbox.progress import console
from tests.bench.timing import Seconds

EMPTY, PROGRAM = "import pulumi", "this program"
_GOALS = (
    "goals with real plugins: at most 1.6 of an empty program at one pipeline; below 15 ms for each further pipeline"
)

Taken = Mapping[int, Mapping[str, Seconds]]


def show(taken: Taken, notes: Sequence[str]) -> None:
    """Print the table.

    Args:
        taken: number of pipelines to the seconds of each command.
        notes: what ran.
    """
    table = Table("seconds (least-most)", *(_pipelines(count) for count in taken))
    for name in (EMPTY, PROGRAM):
        table.add_row(name, *(str(row[name]) for row in taken.values()))
    ratios = (f"{row[PROGRAM].median / row[EMPTY].median:.2f}" for row in taken.values())
    table.add_row("this program, of an empty one", *ratios)
    console.print(table)
    if len(taken) > 1:
        console.print(f"each further pipeline: {_further(taken):.0f} ms", markup=False)
    for line in (_GOALS, *notes):
        console.print(line, markup=False)


def _pipelines(count: int) -> str:
    return f"{count} pipelines" if count > 1 else "1 pipeline"


def _further(taken: Taken) -> float:
    least, most = min(taken), max(taken)
    return 1000 * (taken[most][PROGRAM].median - taken[least][PROGRAM].median) / (most - least)
