"""The servers of a sandbox as processes, detached from the terminal. They stop by id, after an identity check."""

import contextlib
import functools
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
    """Return the process of a server; None if it has ended, even if another process has its id now."""
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
    """Start a server if it is not running, and wait until it is ready.

    Args:
        layout: the sandbox.
        name: name of the server, for its record and its log.
        command: program and arguments, without a secret.
        ready: returns whether the server answers.
        environment: variables to add to the environment of this process.
        seconds: time limit.

    Raises:
        SandboxError: if the server ends or does not answer in time. The text names the log.
    """
    log = layout.folder("logs") / f"{name}.log"
    process = running(layout, name)
    if process is None:
        with log.open("ab") as output:
            begin = output.tell()
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
        record = {"pid": started.pid, "created": process.create_time(), "log": begin}
        write_private(_record(layout, name), json.dumps(record))
    end = time.monotonic() + seconds
    while not ready():
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            raise SandboxError(ended(layout)[name])
        if time.monotonic() > end:
            raise SandboxError(f"{name} did not answer within {seconds:.0f} s; see {log}\n{_tail(layout, name)}")
        time.sleep(0.1)


def start_module(layout: Layout, name: str, module: str, *arguments: str, ready: Callable[[], bool]) -> None:
    """Start a Python module as a server of the same sandbox, as `start` does.

    Args:
        layout: the sandbox.
        name: name of the server.
        module: the module.
        *arguments: arguments of the module.
        ready: returns whether the server answers.

    Raises:
        SandboxError: if the server ends or does not answer in time.
    """
    # Unbuffered output: a log contains each line at once, and the engine receives the port of a forked plugin.
    environment = {"PYTHONPATH": str(PROJECT), "SANDBOX_DIR": str(layout.root), "PYTHONUNBUFFERED": "1"}
    start(layout, name, [sys.executable, "-m", module, *arguments], environment=environment, ready=ready)


def stop_all(layout: Layout) -> list[str]:
    """Stop every server of the sandbox in the reverse order of their start, and return their names."""
    return stop(layout, *reversed(recorded(layout)))


def recorded(layout: Layout) -> list[str]:
    """Return the names of the servers in the order of their start, including those that have ended."""
    records = sorted(layout.folder("processes").glob("*.json"), key=lambda path: path.stat().st_mtime)
    return [record.stem for record in records]


def stop(layout: Layout, *names: str) -> list[str]:
    """Stop servers, and return the names of those that were running."""
    stopped = []
    for name in names:
        process = running(layout, name)
        if process is not None and process.pid != os.getpid():
            has_ended = functools.partial(_has_ended, process)
            process.terminate()
            try:
                eventually(has_ended, f"the end of {name}", _STOP_SECONDS)
            except SandboxError:
                process.kill()
                eventually(has_ended, f"the end of {name}", _STOP_SECONDS)
            stopped.append(name)
        _record(layout, name).unlink(missing_ok=True)
    return stopped


def _has_ended(process: psutil.Process) -> bool:
    """Return whether a process has ended; collect it if it is this one's child.

    A zombie of another parent has ended too, although psutil would wait until its parent collects it.
    """
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(process.pid, os.WNOHANG)[0] == process.pid
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def ended(layout: Layout) -> dict[str, str]:
    """Return an error text for each server that has ended without a command of this sandbox, by its name."""
    texts = {}
    for name in recorded(layout):
        if running(layout, name) is None:
            log = layout.folder("logs") / f"{name}.log"
            texts[name] = f"{name} ended unexpectedly; see {log}\n{_tail(layout, name)}"
    return texts


def log_of(layout: Layout, name: str) -> str:
    """Return the output of a server since its last start."""
    try:
        begin = json.loads(_record(layout, name).read_text()).get("log", 0)
        with (layout.folder("logs") / f"{name}.log").open("rb") as log:
            log.seek(begin)
            return log.read().decode(errors="replace")
    except (OSError, ValueError):
        return ""


def _tail(layout: Layout, name: str) -> str:
    return "\n".join(log_of(layout, name).splitlines()[-8:])


def eventually(true: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Wait until `true()`.

    Raises:
        SandboxError: if `true()` stays false for that time. The text names `what`.
    """
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise SandboxError(f"{what} did not appear within {seconds:.0f} s")
        time.sleep(0.1)
