"""The sandbox's servers as processes: started apart from the terminal, and ended by id, only if they are still ours."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from sandbox.layout import PROJECT, Layout, write_private
from sandbox.progress import SandboxError

_STOP_SECONDS = 10


def _record(layout: Layout, name: str) -> Path:
    return layout.folder("processes") / f"{name}.json"


def running(layout: Layout, name: str) -> psutil.Process | None:
    """Return the server's process, or None; a process that only got the same id later does not count."""
    try:
        record = json.loads(_record(layout, name).read_text())
        process = psutil.Process(record["pid"])
        same = abs(process.create_time() - record["created"]) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None
    return process if same else None


def start(
    layout: Layout,
    name: str,
    command: Sequence[str | Path],
    *,
    ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
    seconds: float = 60,
) -> None:
    """Start a server unless it runs, and wait until it is ready.

    Args:
        layout: the sandbox.
        name: the server's name, for its record and its log.
        command: program and arguments; no secret among them.
        ready: tells whether it answers.
        environment: added to this process's environment.
        seconds: how long to wait.

    Raises:
        SandboxError: if it ends or does not answer in time; names its log.
    """
    log = layout.folder("logs") / f"{name}.log"
    process = running(layout, name)
    if process is None:
        with log.open("ab") as output:
            started = subprocess.Popen(
                [str(part) for part in command],
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=layout.root,
                env={**os.environ, **(environment or {})},
            )
        process = psutil.Process(started.pid)
        record = {"pid": started.pid, "created": process.create_time()}
        write_private(_record(layout, name), json.dumps(record))
    end = time.monotonic() + seconds
    while not ready():
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            raise SandboxError(f"{name} ended by itself; see {log}\n{_tail(log)}")
        if time.monotonic() > end:
            raise SandboxError(f"{name} did not answer within {seconds:.0f} s; see {log}\n{_tail(log)}")
        time.sleep(0.1)


def start_module(layout: Layout, name: str, module: str, *arguments: str, ready: Callable[[], bool]) -> None:
    """Start a server of the sandbox's own Python, as `start` does; it works on the same sandbox.

    Args:
        layout: the sandbox.
        name: the server's name.
        module: what `python -m` runs.
        *arguments: the module's arguments.
        ready: tells whether it answers.

    Raises:
        SandboxError: if it ends or does not answer in time.
    """
    # Unbuffered, so that a log has each line at once, and a forked plugin's port reaches its engine.
    environment = {"PYTHONPATH": str(PROJECT), "SANDBOX_DIR": str(layout.root), "PYTHONUNBUFFERED": "1"}
    start(layout, name, [sys.executable, "-m", module, *arguments], environment=environment, ready=ready)


def stop_all(layout: Layout) -> list[str]:
    """End every server of the sandbox, last started first, and return their names."""
    return stop(layout, *reversed(recorded(layout)))


def recorded(layout: Layout) -> list[str]:
    """Return the names of the servers that were started, in that order, whether or not they still run."""
    records = sorted(layout.folder("processes").glob("*.json"), key=lambda path: path.stat().st_mtime)
    return [record.stem for record in records]


def stop(layout: Layout, *names: str) -> list[str]:
    """End servers, if they run, and return the names of those that did."""
    stopped = []
    for name in names:
        process = running(layout, name)
        if process is not None and process.pid != os.getpid():
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(_STOP_SECONDS)
            stopped.append(name)
        _record(layout, name).unlink(missing_ok=True)
    return stopped


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:])


def eventually(true: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Wait until `true()`.

    Raises:
        SandboxError: naming `what` did not come in time.
    """
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise SandboxError(f"{what} did not appear within {seconds:.0f} s")
        time.sleep(0.1)
