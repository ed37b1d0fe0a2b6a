"""One process at a time: a sandbox has one command, the cache one build."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.progress import console


@contextmanager
def only_one(path: Path, other: str = "another command that uses this sandbox") -> Iterator[None]:
    """Hold a lock while the block runs; wait for who holds it.

    Args:
        path: the lock's file.
        other: what is said to be waited for.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print(f"waiting for {other}", markup=False)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
