"""Stand-in for `pulumi-language-python`. It runs the project's `__main__.py` in this process.

The engine passes its own address as the last argument, and reads the port from the first line of output.
"""

import os
import runpy
import sys
from typing import Any

from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from sandbox.standins.plugins.wire import serve


class _PythonHost(LanguageServer):
    """Pulumi's in-process language server, with the program of each run."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def Run(self, request: Any, context: Any) -> Any:
        directory = request.info.program_directory or request.pwd
        os.chdir(directory)
        # This module was imported from there. The real host has the program's folder on the path only while the program
        # runs, so a later import in a hook or an `apply` fails (3.259).
        sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != directory]

        def program() -> None:
            runpy.run_path(directory, run_name="__main__")

        self.program = program
        result = LanguageServer.Run(self, request, context)  # type: ignore[no-untyped-call]
        if not result.error:
            return result
        # The error is in the log already. Only after a RunError the real host exits with 1, and the engine prints a
        # line about it (3.259).
        if result.error.startswith("python inline source runtime error"):
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error="program exited with non-zero exit code: 1")


if __name__ == "__main__":
    serve(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(_PythonHost(), server))
