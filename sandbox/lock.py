"""One command at a time uses a sandbox."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.layout import Layout
from sandbox.progress import console


@contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """Hold the sandbox's lock while the block runs; wait for another command that holds it."""
    with (layout.folder(".") / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("waiting for another command that uses this sandbox", markup=False)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
