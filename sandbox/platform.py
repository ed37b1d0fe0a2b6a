"""A running platform: the sandbox's own, started here, or one that a test is given."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import processes
from sandbox.layout import CONTEXT, PROJECT, Layout
from sandbox.progress import Steps, console
from sandbox.real import crds, gitea, kubernetes_api
from sandbox.real.programs import TOOLS, Programs, provide

_SERVER_STEPS = 5


@dataclass(frozen=True)
class Platform:
    """Where a stack is deployed.

    Args:
        kubeconfig: kubeconfig of the cluster.
        settings: configuration merged into the team's, by key.
        gitea_password: password of the stack's Gitea user.
        ca_bundle: CA of Gitea; None means one that the system trusts.
    """

    kubeconfig: Path
    settings: Mapping[str, Any]
    gitea_password: str = field(repr=False)
    ca_bundle: Path | None = None


def local(layout: Layout) -> Platform:
    """Return the sandbox's own platform."""
    repository = f"https://{layout.gitea_host}/{gitea.OWNER}/{gitea.REPOSITORY}.git"
    settings = {
        "kubernetes": {"context": CONTEXT},
        "kargo": {"webhooksBaseUrl": layout.webhooks_url},
        "registry": {"host": layout.gitea_host},
        "gitOps": {"repoUrl": repository},
    }
    return Platform(layout.kubeconfig, settings, layout.secret("gitea-password"), layout.ca)


def start(layout: Layout, more: int = 0) -> tuple[Programs, Steps]:
    """Start every server that does not run; return the programs and the running count of steps, with `more` to come."""
    steps = Steps(len(TOOLS) + _SERVER_STEPS + more)
    programs = provide(layout, steps)
    with steps.step("Kubernetes API"):
        kubernetes_api.start(layout, programs)
    with steps.step("CRDs and secret store"):
        source = crds.install(layout)
    console.print(f"      {source}", markup=False)
    with steps.step("Kubernetes' own controllers"):
        # Behind the CRDs: the garbage collector looks for new kinds every 30 s, and foreground deletes wait for it.
        kubernetes_api.start_controllers(layout, programs)
    with steps.step("Gitea with the GitOps repository"):
        gitea.start(layout, programs)
    with steps.step("stand-ins for the controllers of Kargo and External Secrets"):
        processes.start(
            layout,
            "controllers",
            [sys.executable, "-m", "sandbox.standins.controllers"],
            environment={"PYTHONPATH": str(PROJECT), "SANDBOX_DIR": str(layout.root)},
            ready=lambda: kubernetes_api.answers(f"{layout.webhooks_url}/healthz"),
        )
    return programs, steps
