"""The start of a stand-in plugin: a fork of the server that has imported everything, or a new Python.

    python -IS launch.py SOCKET PYTHON PROJECT NAME [ARGUMENT …]

This process stays, because the engine takes it for the plugin. It ends with the plugin or the engine, and the plugin
ends with it. It imports as little as possible, since the engine waits for each plugin.
"""

import os
import signal
import socket
import sys

_WATCH_SECONDS = 0.3
FORKED = b"forked"
# Size of the one SOCK_SEQPACKET message with arguments and environment; the three files come with it.
LARGEST = 1 << 17


def main(address: str, python: str, project: str, *arguments: str) -> None:
    """Request a fork and wait until it ends; without the server, become the plugin."""
    # The engine stops its plugins with an interrupt.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    engine = os.getppid()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        if _forked(server, address, arguments):
            server.settimeout(_WATCH_SECONDS)
            while os.getppid() == engine:
                try:
                    if not server.recv(1):
                        break
                except TimeoutError:
                    continue
            sys.exit(1)
    os.chdir(project)
    os.execv(python, [python, "-u", "-m", "sandbox.standins.plugins", *arguments])


def _forked(server: socket.socket, address: str, arguments: tuple[str, ...]) -> bool:
    # These variables change the start of Python, and the server has started already.
    if "PYTHONPATH" in os.environ or "PYTHONHOME" in os.environ:
        return False
    environment = [f"{name}={value}" for name, value in os.environ.items()]
    message = "\0".join([*arguments, "", *environment]).encode(errors="surrogateescape")
    try:
        server.connect(address)
        socket.send_fds(server, [message], [0, 1, 2])
        return server.recv(len(FORKED)) == FORKED
    except OSError:
        return False


if __name__ == "__main__":
    main(*sys.argv[1:])
