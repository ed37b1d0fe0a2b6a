"""A running platform: the sandbox's own, started here, or one that a test is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import lifetime, processes
from sandbox.layout import CONTEXT, Layout
from sandbox.progress import Steps, console
from sandbox.real import crds, external_secrets, gitea, kargo, kubernetes_api, stores
from sandbox.real.kubernetes_api import answers
from sandbox.real.programs import Programs, provide
from sandbox.standins.controllers.kargo import admission
from sandbox.standins.plugins import server

_STEPS = 5


@dataclass(frozen=True)
class Platform:
    """Where a stack is deployed.

    Args:
        kubeconfig: kubeconfig of the cluster.
        settings: configuration merged into the team's, by key.
        gitea_password: password of the stack's Gitea user.
        ca_bundle: CA of Gitea; None means one that the system trusts.
        forks: socket of the server that forks stand-in plugins; None starts each as a new Python.
    """

    kubeconfig: Path
    settings: Mapping[str, Any]
    gitea_password: str = field(repr=False)
    ca_bundle: Path | None = None
    forks: Path | None = None


def local(layout: Layout) -> Platform:
    """Return the sandbox's own platform."""
    repository = f"https://{layout.gitea_host}/{gitea.OWNER}/{gitea.REPOSITORY}.git"
    settings = {
        "kubernetes": {"context": CONTEXT},
        "kargo": {"webhooksBaseUrl": layout.webhooks_url},
        "registry": {"host": layout.gitea_host},
        "gitOps": {"repoUrl": repository, **git_settings(layout)},
    }
    password = layout.secret("gitea-password")
    return Platform(layout.kubeconfig, settings, password, layout.ca, server.address(layout))


def git_settings(layout: Layout) -> dict[str, bool]:
    """Return what `gitOps` needs besides: real Kargo hands Git no CA, and the machine's store is not the sandbox's."""
    return {"insecureSkipTlsVerify": True} if kargo.runs(layout) else {}


def start(layout: Layout, more: int = 0, *, standins: bool = False) -> tuple[Programs, Steps]:
    """Start every server that does not run.

    Args:
        layout: the sandbox.
        more: how many steps come after these.
        standins: whether the stand-ins act for Kargo and External Secrets even where PATH has the real ones.

    Returns:
        The platform's programs, and the running count of steps.
    """
    steps = Steps(_STEPS + more)
    programs = provide(layout, steps)
    with steps.step("Kubernetes API with CRDs and secret stores"):
        kubernetes_api.start(layout, programs)
        source = crds.install(layout)
        stores.install(layout)
        kubernetes_api.start_controllers(layout, programs)
    console.print(f"      {source}", markup=False)
    with steps.step("Gitea with the GitOps repository"):
        gitea.start(layout, programs)
    _start_kargo(layout, steps, None if standins else kargo.found(layout))
    _start_external_secrets(layout, steps, None if standins else external_secrets.found(layout))
    server.start(layout)
    lifetime.start(layout)
    return programs, steps


def _start_kargo(layout: Layout, steps: Steps, program: Path | None) -> None:
    with steps.step("Kargo" if program else "stand-in for Kargo"):
        if program:
            processes.stop(layout, "kargo-standin")
            admission.withdraw(layout)
            kargo.start(layout, program)
        else:
            kargo.stop(layout)
            admission.register(layout)
            _start_standin(layout, "kargo", lambda: answers(f"{layout.webhooks_url}/healthz"))


def _start_external_secrets(layout: Layout, steps: Steps, program: Path | None) -> None:
    with steps.step("External Secrets" if program else "stand-in for External Secrets"):
        if program:
            processes.stop(layout, "external-secrets-standin")
            external_secrets.start(layout, program)
        else:
            processes.stop(layout, external_secrets.PROGRAM)
            _start_standin(layout, "external-secrets", lambda: True)


def _start_standin(layout: Layout, whose: str, ready: Callable[[], bool]) -> None:
    processes.start_module(layout, f"{whose}-standin", "sandbox.standins.controllers", whose, ready=ready)
