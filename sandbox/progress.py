"""Numbered steps of long work, with the elapsed time."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(highlight=False, soft_wrap=True)

_HEARTBEAT_SECONDS = 60


class SandboxError(Exception):
    """The sandbox cannot continue. The text contains the fix."""


class Steps:
    """Numbered steps.

    Args:
        total: number of steps.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show `what` and the elapsed time during the block: live on a terminal, else every minute."""
        self._done += 1
        label = f"[{self._done}/{self._total}] {what}"
        started = time.monotonic()
        finished = threading.Event()

        def tick() -> None:
            with console.status(label) as status:
                while not finished.wait(1 if sys.stdout.isatty() else _HEARTBEAT_SECONDS):
                    text = f"{label} … {clock(started)}"
                    if sys.stdout.isatty():
                        status.update(text)
                    else:
                        console.print(text, markup=False)

        ticker = threading.Thread(target=tick, daemon=True)
        ticker.start()
        try:
            yield
        finally:
            finished.set()
            ticker.join()
        console.print(f"{label} ({clock(started)})", markup=False)


def clock(started: float) -> str:
    """Return the minutes and seconds since `started`, a value of `time.monotonic()`."""
    minutes, seconds = divmod(int(time.monotonic() - started), 60)
    return f"{minutes}:{seconds:02d}"
