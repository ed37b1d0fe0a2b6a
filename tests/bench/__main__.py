"""`python -m tests.bench [PIPELINES …]`: time previews of the dev stack and of an empty program, and a first `up`.

By default with 1, 10 and 100 pipelines. The benchmark starts a new platform in a folder next to the sandbox's, and
deletes it at the end.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial

import tests.bench
from sandbox import platform, plugins
from sandbox.__main__ import clean
from sandbox.layout import Layout
from sandbox.lock import only_one
from sandbox.progress import SandboxError, console
from sandbox.stack import Stack
from tests.bench.deployed import EmptyProgram, deploy, live, preview
from tests.bench.table import EMPTY, PROGRAM, show
from tests.bench.timing import Seconds, timed

_SIZES = (1, 10, 100)


def main() -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=tests.bench.__doc__)
    parser.add_argument("pipelines", nargs="*", type=int, default=_SIZES, help="numbers of pipelines, in rising order")
    sizes = parser.parse_args().pipelines
    # With this variable, each run would compile every module again, unlike a user's Python.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sandbox = Layout.from_environment()
    layout = Layout(sandbox.root.with_name(f"{sandbox.root.name}-bench"))
    try:
        with only_one(layout.root / "lock"):
            # A killed run may have left a platform.
            clean(layout)
            try:
                _bench(layout, sizes)
            finally:
                clean(layout)
    except SandboxError as error:
        console.print(f"error: {error}", markup=False, style="red")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _bench(layout: Layout, sizes: Sequence[int]) -> None:
    programs, _ = platform.start(layout)
    stack = Stack(layout, programs, platform.local(layout))
    stack.prepare()
    absent_plugins = set(plugins.standins(layout))
    notes = [f"stand-ins: {', '.join(absent_plugins - {plugins.AZURE}) or 'none'}; every other plugin is real"]
    if plugins.AZURE in absent_plugins:
        notes.append("without the vault's secret, since Azure's plugin is not on PATH")
    empty = EmptyProgram(layout, stack)
    taken: dict[int, dict[str, Seconds]] = {}
    for size in sizes:
        console.print(f"pipelines: {size}; deploying", markup=False)
        deploy(stack, size)
        commands: dict[str, Callable[[], object]] = {EMPTY: empty.preview, PROGRAM: partial(preview, stack)}
        console.print(f"pipelines: {size}; timing {', '.join(commands)}", markup=False)
        taken[size] = timed(commands)
    show(taken, notes)
    console.print("pipelines: 10, three Stages each", markup=False)
    for step, seconds in live(stack).items():
        console.print(f"  {step}: {seconds:.1f} s", markup=False)


if __name__ == "__main__":
    sys.exit(main())
