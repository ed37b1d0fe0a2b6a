"""The real controller of External Secrets: the program of its image, if it is on PATH."""

import os
from collections.abc import Mapping
from pathlib import Path

from sandbox import processes
from sandbox.layout import Layout, which

PROGRAM = "external-secrets"
# Variables that lead to the stand-in for Azure.
_OF_AZURE = ("HTTPS_PROXY", "SSL_CERT_FILE")


def found(layout: Layout) -> Path | None:
    """Return the program; None if it is not on PATH."""
    return which(PROGRAM, layout)


def start(layout: Layout, program: Path, variables: Mapping[str, str]) -> None:
    """Start the controller, without the servers for probes and metrics.

    Args:
        layout: the sandbox.
        program: the program.
        variables: further environment variables. A controller that runs with others is restarted.
    """
    running = processes.running(layout, PROGRAM)
    if running and any(running.environ().get(name) != {**os.environ, **variables}.get(name) for name in _OF_AZURE):
        processes.stop(layout, PROGRAM)
    processes.start(
        layout,
        PROGRAM,
        [program, "--metrics-addr=127.0.0.1:0", "--live-addr=127.0.0.1:0", "--enable-leader-election=false"],
        environment={"KUBECONFIG": str(layout.kubeconfig), **variables},
        ready=lambda: True,
    )
