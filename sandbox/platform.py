"""A platform: the sandbox's own, which this module starts, or another one that a test uses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import azure, lifetime, processes, proxy
from sandbox.layout import CONTEXT, Layout
from sandbox.progress import SandboxError, Steps, console
from sandbox.real import crds, external_secrets, gitea, kargo, kubernetes_api, stores
from sandbox.real.kubernetes_api import answers
from sandbox.real.programs import Programs, provide
from sandbox.standins.controllers.kargo import admission
from sandbox.standins.plugins import server

_STEPS = 5


@dataclass(frozen=True)
class Platform:
    """The platform of a stack.

    Args:
        kubeconfig: kubeconfig of the cluster.
        settings: configuration that is merged into the team's, by key.
        gitea_password: password of the stack's Gitea user.
        ca_bundle: CA of Gitea; None if the system trusts it.
        forks: socket of the server that forks stand-in plugins; None starts a new Python for each.
        azure: folder of the stand-in for Azure, to which the stand-in for its provider writes; None for no Azure.
    """

    kubeconfig: Path
    settings: Mapping[str, Any]
    gitea_password: str = field(repr=False)
    ca_bundle: Path | None = None
    forks: Path | None = None
    azure: Path | None = None


def local(layout: Layout) -> Platform:
    """Return the sandbox's own platform."""
    repository = f"https://{layout.gitea_host}/{gitea.OWNER}/{gitea.REPOSITORY}.git"
    settings: dict[str, dict[str, Any]] = {
        "kubernetes": {"context": CONTEXT},
        "kargo": {"webhooksBaseUrl": layout.webhooks_url},
        "registry": {"host": layout.gitea_host},
        "gitOps": {"repoURL": repository, **git_settings(layout)},
    }
    password, vaults = layout.secret("gitea-password"), None
    if azure.chosen(layout):
        settings["registry"] |= azure.registry(layout)
        vaults = azure.directory(layout).folder
    return Platform(layout.kubeconfig, settings, password, layout.ca, server.address(layout), vaults)


def git_settings(layout: Layout) -> dict[str, bool]:
    """Return further settings of `gitOps`: real Kargo passes no CA to Git, and the system does not trust this one."""
    return {"insecureSkipTLSVerify": True} if kargo.runs(layout) else {}


def start(layout: Layout, more: int = 0, *, standins: bool = False) -> tuple[Programs, Steps]:
    """Start every server that is not running.

    Args:
        layout: the sandbox.
        more: number of steps of the caller, after these.
        standins: whether to use the stand-ins for Kargo and External Secrets even if PATH has the programs.

    Returns:
        The platform's programs, and the step counter.
    """
    proxy.exempt(layout.gitea_address)
    steps = Steps(_STEPS + more + azure.chosen(layout))
    programs = provide(layout, steps)
    with steps.step("Kubernetes API with CRDs and secret stores"):
        kubernetes_api.start(layout, programs)
        source = crds.install(layout)
        stores.install(layout)
        kubernetes_api.start_controllers(layout, programs)
    console.print(f"      {source}", markup=False)
    with steps.step("Gitea with the GitOps repository"):
        gitea.start(layout, programs)
    _start_azure(layout, steps)
    _start_kargo(layout, steps, None if standins else kargo.found(layout))
    _start_external_secrets(layout, steps, None if standins else external_secrets.found(layout))
    server.start(layout)
    lifetime.start(layout)
    return programs, steps


def require_servers(layout: Layout) -> None:
    """Require that every server that was started still runs, and that Kargo finds its kinds.

    Raises:
        SandboxError: if a server has ended, or a kind of Kargo's is not installed. The text contains the log's end.
    """
    texts = list(processes.ended(layout).values())
    if kinds := kargo.missing_kinds(layout):
        texts.append(
            f"this Kargo needs kinds that are not installed: {', '.join(kinds)}; run make clean, set SANDBOX_CRDS to a "
            "folder with the CRDs of its release, and run make up"
        )
    if texts:
        raise SandboxError("\n".join(texts))


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


def _start_azure(layout: Layout, steps: Steps) -> None:
    if not azure.chosen(layout):
        azure.stop(layout)
        return
    with steps.step("stand-in for Azure: Entra and Key Vault"):
        azure.start(layout)


def _start_external_secrets(layout: Layout, steps: Steps, program: Path | None) -> None:
    with steps.step("External Secrets" if program else "stand-in for External Secrets"):
        if program:
            processes.stop(layout, "external-secrets-standin")
            variables = azure.client_environment(layout) if azure.chosen(layout) else {}
            external_secrets.start(layout, program, variables)
        else:
            processes.stop(layout, external_secrets.PROGRAM)
            _start_standin(layout, "external-secrets", lambda: True)


def _start_standin(layout: Layout, whose: str, ready: Callable[[], bool]) -> None:
    processes.start_module(layout, f"{whose}-standin", "sandbox.standins.controllers", whose, ready=ready)
