"""The real controller of External Secrets: the program of its image, if it is on PATH."""

from pathlib import Path

from sandbox import processes
from sandbox.layout import Layout, which

PROGRAM = "external-secrets"


def found(layout: Layout) -> Path | None:
    """Return the program; None if it is not on PATH."""
    return which(PROGRAM, layout)


def start(layout: Layout, program: Path) -> None:
    """Start the controller, without the servers for probes and metrics."""
    processes.start(
        layout,
        PROGRAM,
        [program, "--metrics-addr=127.0.0.1:0", "--live-addr=127.0.0.1:0", "--enable-leader-election=false"],
        environment={"KUBECONFIG": str(layout.kubeconfig)},
        ready=lambda: True,
    )
