"""Stand-in for `pulumi-language-python`: runs the project's `__main__.py` in this process.

The engine starts it with its own address as last argument and reads the port from the first line of output.
"""

import os
import runpy
import sys
from typing import Any

from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from sandbox.standins.plugins.wire import serve


class _PythonHost(LanguageServer):
    """Pulumi's in-process language server, given the program of each run."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def Run(self, request: Any, context: Any) -> Any:
        directory = request.info.program_directory or request.pwd
        os.chdir(directory)
        # This module was found there. The real host has the program's folder on the path only while the program runs,
        # so that a hook or an `apply` which imports from it afterwards fails (3.259).
        sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != directory]

        def program() -> None:
            runpy.run_path(directory, run_name="__main__")

        self.program = program
        result = LanguageServer.Run(self, request, context)  # type: ignore[no-untyped-call]
        if not result.error:
            return result
        # The error was logged. After a RunError the real host exits with 1, and the engine prints a line about that;
        # after any other exception it does not (3.259).
        if result.error.startswith("python inline source runtime error"):
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error="program exited with non-zero exit code: 1")


if __name__ == "__main__":
    serve(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(_PythonHost(), server))
