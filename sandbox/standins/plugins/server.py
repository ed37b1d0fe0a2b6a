"""Forks stand-in plugins: most of what a plugin costs is importing the same modules as the one before it.

Each plugin is a process of its own, for one run of one engine, as Pulumi's are: nothing of one is left for another. Of
the project's own program nothing is imported here. Where a file that was imported has changed since, nobody is served,
and `launch` starts a plugin as a new Python.
"""

import gc
import importlib
import os
import runpy
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import NoReturn

from sandbox import processes
from sandbox.layout import PROJECT, Layout
from sandbox.standins.plugins import MODULES
from sandbox.standins.plugins.launch import FORKED, LARGEST

NAME = "plugins"
# What plugins, the program and its dynamic providers import; the plugins' own main modules run in the fork.
_SHARED = (
    "dill",
    "google.rpc.status_pb2",
    "grpc",
    "httpx",
    "kubernetes",
    "kubernetes.dynamic",
    "pulumi",
    "pulumi.automation._server",
    "pulumi.dynamic",
    "pydantic",
    "yaml",
    "sandbox.standins.plugins.kubernetes.cluster",
    "sandbox.standins.plugins.kubernetes.diff",
)


def address(layout: Layout) -> Path:
    """Return the server's socket."""
    return layout.folder("processes") / f"{NAME}.sock"


def start(layout: Layout) -> None:
    """Start the server, unless it runs."""
    processes.start_module(layout, NAME, __name__, ready=address(layout).exists)


def serve(path: Path) -> None:
    """Fork a plugin for each that connects, until this process is ended."""
    for module in _SHARED:
        importlib.import_module(module)
    # A thread would not be in the forks, and what it has locked would stay so.
    assert len(os.listdir("/proc/self/task")) == 1
    seen = _changes()
    # Forks share the memory of what is never collected.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.bind(str(path))
        path.chmod(0o600)
        server.listen(64)
        while True:
            connection, _ = server.accept()
            with connection:
                if _changes() != seen:
                    continue
                message, files, *_ = socket.recv_fds(connection, LARGEST, 3)
                if message and os.fork() == 0:
                    server.close()
                    _become(connection, message, files)
                for file in files:
                    os.close(file)


def _become(connection: socket.socket, message: bytes, files: list[int]) -> NoReturn:
    """Run the plugin that was asked for, with the files and the environment of who asked."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    arguments, _, environment = message.decode(errors="surrogateescape").partition("\0\0")
    name, *rest = arguments.split("\0")
    os.environ.clear()
    for entry in environment.split("\0"):
        variable, _, value = entry.partition("=")
        os.environ[variable] = value
    _read_the_environment_again()
    os.chdir(PROJECT)
    sys.path[0] = str(PROJECT)
    sys.argv[1:] = rest
    connection.send(FORKED)
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    code = 1
    try:
        runpy.run_module(MODULES[name], run_name="__main__", alter_sys=True)
        code = 0
    except Exception:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _read_the_environment_again() -> None:
    """Undo what modules have read when they were imported."""
    from kubernetes.config import kube_config

    kube_config.KUBE_CONFIG_DEFAULT_LOCATION = os.environ.get("KUBECONFIG", "~/.kube/config")


def _end_with(connection: socket.socket) -> None:
    """End this process when the other end is gone: the engine has ended its plugin, or is gone itself."""
    connection.recv(1)
    os._exit(1)


def _changes() -> list[int]:
    """Return when each of the sandbox's imported files, and the lock file of the libraries, was changed."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("sandbox.")]
    own = [Path(module.__file__) for module in modules if module.__file__]
    return [file.stat().st_mtime_ns for file in (*own, PROJECT / "uv.lock")]


if __name__ == "__main__":
    serve(address(Layout.from_environment()))
