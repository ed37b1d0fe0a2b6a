"""The time limit of a sandbox: a process that stops every server after SANDBOX_HOURS, by default 12."""

import datetime
import os
import time

from sandbox import processes
from sandbox.layout import Layout

NAME = "lifetime"


def start(layout: Layout) -> None:
    """Start the process."""
    processes.start_module(layout, NAME, "sandbox.lifetime", ready=lambda: True)


def end(layout: Layout) -> datetime.datetime | None:
    """Return the time at which the sandbox stops; None if the process is not running."""
    process = processes.running(layout, NAME)
    if process is None:
        return None
    return datetime.datetime.fromtimestamp(process.create_time()) + _length(process.environ())


def _length(environment: dict[str, str]) -> datetime.timedelta:
    return datetime.timedelta(hours=float(environment.get("SANDBOX_HOURS", "12")))


if __name__ == "__main__":
    time.sleep(_length(dict(os.environ)).total_seconds())
    processes.stop_all(Layout.from_environment())
