"""Previews of the dev stack beside an empty Pulumi program, and `up` from nothing.

On a platform of its own, made from nothing and removed at the end, next to the sandbox's folder:
`python -m tests.bench [PIPELINES …]`, by default with 1, 10 and 100 pipelines.
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
    parser.add_argument("pipelines", nargs="*", type=int, default=_SIZES, help="how many pipelines, fewest first")
    sizes = parser.parse_args().pipelines
    # With it, each run would compile every module again; people's Pythons keep what they compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sandbox = Layout.from_environment()
    layout = Layout(sandbox.root.with_name(f"{sandbox.root.name}-bench"))
    try:
        with only_one(layout.root / "lock"):
            # What a killed run left would be neither empty nor new.
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
        notes.append("the vault's secret is left out, since Azure's plugin is not on PATH")
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
