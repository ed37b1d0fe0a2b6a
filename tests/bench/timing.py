"""The wall-clock time of commands."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

WARMUPS = 1
RUNS = 5


@dataclass
class Seconds:
    """The seconds that the runs of one command took."""

    runs: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    def __str__(self) -> str:
        return f"{self.median:.2f} s ({min(self.runs):.2f}-{max(self.runs):.2f})"


def once(command: Callable[[], object]) -> float:
    """Return how many seconds one run of a command takes."""
    started = time.perf_counter()
    command()
    return time.perf_counter() - started


def timed(commands: Mapping[str, Callable[[], object]]) -> dict[str, Seconds]:
    """Return the seconds of each of `commands`.

    They take turns, so that what else the machine does meanwhile meets all of them alike.
    """
    taken = {name: Seconds() for name in commands}
    for turn in range(WARMUPS + RUNS):
        for name, command in commands.items():
            seconds = once(command)
            if turn >= WARMUPS:
                taken[name].runs.append(seconds)
    return taken
