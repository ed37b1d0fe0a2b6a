"""`make faults`: inject each fault into each request of a first `up`, kill an `up` 60 times, let two stacks compete.

Print a line for each case as it ends. The exit code is 1 if a case does not converge.
"""

import argparse
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from sandbox import platform, processes
from sandbox.layout import Layout
from sandbox.stack import Stack
from tests.faults.proxy import KINDS, MUTE
from tests.faults.rig import Rig, converges, outcome, pulumi, rig

_KILLS = 60
_AT_ONCE = 10
_MUTED_AT = 5


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="fault-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _stack(the: Rig) -> Iterator[Stack]:
    with _folder() as folder:
        stack = the.stack(folder)
        yield stack
        the.forget(stack)


class Table:
    """The cases, as they end."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.count = 0

    def add(self, case: str, shown: object, wrong: list[str]) -> None:
        """Print a case, and remember it where something is wrong."""
        self.count += 1
        print(f"{'ok    ' if not wrong else 'WRONG '} {case:<60} {'; '.join(wrong) or shown}", flush=True)
        if wrong:
            self.failed.append(case)


def requests(the: Rig) -> dict[str, list[str]]:
    """Return the counted requests of an undisturbed `up`."""
    with _stack(the) as stack:
        for proxy in the.proxies.values():
            proxy.arm(None)
        run = pulumi(stack, "up", "--yes", "--skip-preview")
        assert run.code == 0, run.printed[-2000:]
        return {where: list(proxy.seen) for where, proxy in the.proxies.items()}


def each_request(the: Rig, table: Table, kinds: tuple[str, ...], every: int) -> None:
    """Let each request meet each fault."""
    for where, seen in requests(the).items():
        for number in range(0, len(seen), every):
            for kind in kinds:
                with _stack(the) as stack:
                    the.proxies[where].arm(kind, number)
                    first = pulumi(stack, "up", "--yes", "--skip-preview")
                    met = the.proxies[where].seen[number : number + 1]
                    wrong = converges(the, stack, cut_off=first.code is None)
                    if first.code is None:
                        wrong.append("the first up hung")
                    table.add(f"{where} #{number} {''.join(met)}: {kind}", outcome(first), wrong)


def silences(the: Rig, table: Table) -> None:
    """Let a server fall silent for good, and measure until a line appears."""
    for where, seen in requests(the).items():
        for number in range(0, len(seen), _MUTED_AT):
            with _stack(the) as stack:
                the.proxies[where].arm(MUTE, number)
                first = pulumi(stack, "up", "--yes", "--skip-preview")
                wrong = ["it hung"] if first.code is None else []
                wrong += converges(the, stack, cut_off=first.code is None)
                table.add(f"{where} #{number}: {MUTE}", outcome(first), wrong)


def kills(the: Rig, table: Table, count: int) -> None:
    """Kill the engine and everything that it started, at different moments."""
    moments = random.Random(1)
    for number in range(count):
        with _stack(the) as stack:
            after = 1.5 + 9.0 * (number + moments.random()) / count
            first = pulumi(stack, "up", "--yes", "--skip-preview", kill_after=after)
            cut_off = first.code is None
            table.add(
                f"killed after {after:.2f} s", "" if cut_off else "had ended", converges(the, stack, cut_off=cut_off)
            )


def competitors(the: Rig, table: Table, rounds: int) -> None:
    """Let two stacks of one name create one Kargo project at once, each with a state of its own."""
    for number in range(rounds):
        with _folder() as one, _folder() as other, ThreadPoolExecutor() as both:
            stacks = [the.stack(one, f"rivals-{number}"), the.stack(other, f"rivals-{number}")]
            runs = list(both.map(lambda stack: pulumi(stack, "up", "--yes", "--skip-preview"), stacks))
            won = [stack for stack, run in zip(stacks, runs, strict=True) if run.code == 0]
            lost = [run.line for run in runs if run.code != 0]
            wrong = [] if len(won) == 1 else [f"{len(won)} winners: {lost}"]
            table.add(f"two stacks at once, round {number}", lost, wrong or converges(the, won[0], cut_off=False))
            the.forget(stacks[0])


def main() -> int:
    """Run the cases; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parts: dict[str, Callable[[Rig, Table], None]] = {
        "requests": lambda the, table: each_request(the, table, tuple(given.kind or KINDS), given.every),
        "silences": silences,
        "kills": lambda the, table: kills(the, table, given.kills),
        "competitors": lambda the, table: competitors(the, table, _AT_ONCE),
    }
    parser.add_argument("--part", choices=parts, action="append", help="run only this part")
    parser.add_argument("--kind", choices=KINDS, action="append", help="inject only this kind of fault")
    parser.add_argument("--every", type=int, default=1, help="use every n-th request only")
    parser.add_argument("--kills", type=int, default=_KILLS, help="number of killed runs")
    given = parser.parse_args()
    # The platform stops with this command, however that ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    table = Table()
    with _folder() as folder:
        layout = Layout(folder)
        try:
            programs, _ = platform.start(layout, standins=True)
            with rig(layout, programs) as the:
                for part in given.part or parts:
                    parts[part](the, table)
        finally:
            processes.stop_all(layout)
    print(f"{table.count - len(table.failed)} of {table.count} cases converge")
    return 1 if table.failed else 0


if __name__ == "__main__":
    sys.exit(main())
