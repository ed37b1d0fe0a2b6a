"""Stand-in for `pulumi-language-python`: runs the project's `__main__.py` in this process.

The engine starts it with its own address as last argument and reads the port from the first line of output.
"""

import os
import runpy
import signal
import sys
from concurrent import futures
from threading import Event
from typing import Any

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc


class _PythonHost(LanguageServer):
    """Pulumi's in-process language server, given the program of each run."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def Run(self, request: Any, context: Any) -> Any:
        directory = request.info.program_directory or request.pwd
        os.chdir(directory)
        sys.path.insert(0, directory)
        main = os.path.join(directory, "__main__.py")

        def program() -> None:
            runpy.run_path(main, run_name="__main__")

        self.program = program
        return LanguageServer.Run(self, request, context)  # type: ignore[no-untyped-call]


def serve(register: Any) -> None:
    """Serve a plugin on a free loopback port until the engine ends it; `register` adds the servicers."""
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=16),
        options=[("grpc.max_receive_message_length", 400 * 1024 * 1024)],
    )
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    # The engine ends its plugins with an interrupt.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server.start()
    print(port, flush=True)
    Event().wait()


if __name__ == "__main__":
    serve(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(_PythonHost(), server))
