"""Starts a stand-in plugin: forked by the server that has imported everything, else as a new Python.

    python -IS launch.py SOCKET PYTHON PROJECT NAME [ARGUMENT …]

It stays, as the plugin that the engine sees: it ends when the plugin does or the engine is gone, and the plugin ends
when it does. Nothing is imported here that is not needed for that, since the engine waits for each plugin.
"""

import os
import signal
import socket
import sys

_WATCH_SECONDS = 0.3
FORKED = b"forked"
# A message of a SOCK_SEQPACKET socket comes as one: the environment, the arguments, and the three files.
LARGEST = 1 << 17


def main(address: str, python: str, project: str, *arguments: str) -> None:
    """Have the plugin forked and stay for as long as it runs; else become the plugin."""
    # The engine ends its plugins with an interrupt.
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
    # These change how a Python starts, and the server has started.
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
