"""File locks: one command at a time for a sandbox, one build at a time for the cache."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.progress import console


@contextmanager
def only_one(path: Path, other: str = "another command that uses this sandbox") -> Iterator[None]:
    """Hold a lock during the block. Wait if another process holds it.

    Args:
        path: file of the lock.
        other: name of the other process in the message.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print(f"waiting for {other}", markup=False)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
