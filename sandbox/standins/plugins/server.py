"""A server that forks stand-in plugins, because most of a plugin's start is the import of the same modules.

Each plugin is a process of its own, for one run of one engine, as Pulumi's plugins are, and shares no state with
another. The server imports nothing of the project's own program. If an imported file has changed, the server refuses
each request, and `launch` starts a plugin as a new Python.
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
# Imports of the plugins, the program and its dynamic providers. The plugins' main modules run in the fork.
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
    """Start the server, if it is not running."""
    processes.start_module(layout, NAME, __name__, ready=address(layout).exists)


def serve(path: Path) -> None:
    """Fork a plugin for each connection, until this process is stopped."""
    for module in _SHARED:
        importlib.import_module(module)
    # A fork does not contain other threads, and a lock of such a thread would stay locked.
    assert len(os.listdir("/proc/self/task")) == 1
    seen = _changes()
    # Forks share the memory of objects that are never collected.
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
    """Run the requested plugin, with the files and the environment of the requester."""
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
    """Update the values that modules read from the environment at their import."""
    from kubernetes.config import kube_config

    kube_config.KUBE_CONFIG_DEFAULT_LOCATION = os.environ.get("KUBECONFIG", "~/.kube/config")


def _end_with(connection: socket.socket) -> None:
    """End this process when the connection closes: the engine has stopped its plugin, or has ended itself."""
    connection.recv(1)
    os._exit(1)


def _changes() -> list[int]:
    """Return the modification times of the sandbox's imported files and of the libraries' lock file."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("sandbox.")]
    own = [Path(module.__file__) for module in modules if module.__file__]
    return [file.stat().st_mtime_ns for file in (*own, PROJECT / "uv.lock")]


if __name__ == "__main__":
    serve(address(Layout.from_environment()))
