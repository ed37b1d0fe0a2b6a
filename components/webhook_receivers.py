"""Kargo's webhook receivers as pure values: which one a source of events needs, its spec, path and URL.

Owns the names, the `whenExpression` and the path that Kargo 1.11 derives from project, receiver and secret. Registers
nothing; `KargoProject` wires what this module describes.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from registries import GiteaRegistry, Registry

ReceiverKind = Literal["generic", "gitea", "github"]


@dataclass(frozen=True)
class Receiver:
    """One webhook receiver of a Kargo project.

    Args:
        name: name in the ProjectConfig; part of the URL's hash.
        kind: Kargo's receiver type.
        actions: what a `generic` receiver does, as Kargo's `actions`; empty for the others, whose behaviour is fixed.
    """

    name: str
    kind: ReceiverKind
    actions: tuple[dict[str, Any], ...] = ()

    @property
    def signed(self) -> bool:
        """Whether the sender signs with the secret; a `generic` receiver checks no signature, only its URL."""
        return self.kind != "generic"

    def secret_name(self, project: str) -> str:
        """Return the name of the Secret that holds this receiver's secret."""
        return f"{project}-webhook-{self.name}"

    def spec(self, project: str) -> dict[str, Any]:
        """Return the entry of `ProjectConfig.spec.webhookReceivers`."""
        settings: dict[str, Any] = {"secretRef": {"name": self.secret_name(project)}}
        if self.actions:
            settings["actions"] = list(self.actions)
        return {"name": self.name, self.kind: settings}

    def path(self, project: str, secret: str) -> str:
        """Return the path below the server's base URL: `/<type>/<hex of sha256>` (Kargo 1.11, buildWebhookPath)."""
        digest = hashlib.sha256(f"{project}{self.name}{secret}".encode()).hexdigest()
        return f"/{self.kind}/{digest}"


def package_push_expression(registry: GiteaRegistry) -> str:
    """Return the `whenExpression` that is true for a pushed tag of the registry's image, and for nothing else.

    Gitea 1.26 sends one `package` event per manifest: the children of a multi-arch image carry their digest as version
    and are left out, or one push would refresh the Warehouse several times. `?.` keeps a body of another shape from
    being an error (which Kargo answers with 500).
    """
    package = "request.body?.package"
    return " && ".join(
        [
            "request.header('X-Gitea-Event') == 'package'",
            "request.body?.action == 'created'",
            f"{package}?.type == 'container'",
            f"lower({package}?.owner?.login ?? '') == '{registry.owner.lower()}'",
            f"{package}?.name == '{registry.image}'",
            f"not (({package}?.version ?? '') startsWith 'sha256:')",
        ]
    )


def receivers(registry: Registry, warehouse: str, git_provider: str, by_pull_request: bool) -> tuple[Receiver, ...]:
    """Return the receivers that a pipeline needs.

    Args:
        registry: where images are pushed.
        warehouse: name of the Warehouse to refresh.
        git_provider: `gitea` or `github`, where the GitOps repository lives.
        by_pull_request: whether any Stage waits for a pull request.
    """
    found: list[Receiver] = []
    if isinstance(registry, GiteaRegistry):
        # Kargo's `gitea` receiver answers 501 to package events (Kargo 1.11), so images need a `generic` one.
        refresh = {
            "action": "Refresh",
            "whenExpression": package_push_expression(registry),
            "targetSelectionCriteria": [{"kind": "Warehouse", "name": warehouse}],
        }
        found.append(Receiver("gitea-packages", "generic", (refresh,)))
    else:
        found.append(Receiver("github", "github"))
    if by_pull_request and git_provider == "gitea":
        found.append(Receiver("gitea-pull-requests", "gitea"))
    if by_pull_request and git_provider == "github" and all(r.kind != "github" for r in found):
        found.append(Receiver("github", "github"))
    return tuple(found)
