"""Kargo's webhook receivers: which ones a stack needs, their specs, and the path that Kargo gives each."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from model.registry import GiteaRegistry
from model.stack import Stack

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


def receivers(stack: Stack) -> tuple[Receiver, ...]:
    """Return the receivers that a stack's registry and GitOps repository need; one serves all pipelines."""
    found: dict[ReceiverKind, Receiver] = {}
    if isinstance(stack.registry, GiteaRegistry):
        # Kargo's `gitea` receiver answers 501 to package events (Kargo 1.11), so images need a `generic` one.
        found["generic"] = Receiver("gitea-packages", "generic", (refresh_pushed_image(stack.registry),))
    else:
        found["github"] = Receiver("github", "github")
    if any(stage.promote_by == "pullRequest" for pipeline in stack.pipelines for stage in pipeline.stages):
        if stack.git_ops.provider == "gitea":
            found["gitea"] = Receiver("gitea-pull-requests", "gitea")
        else:
            found["github"] = Receiver("github", "github")
    return tuple(found.values())


def refresh_pushed_image(registry: GiteaRegistry) -> dict[str, Any]:
    """Return the action that refreshes the Warehouses which subscribe to a pushed image, and no other.

    `subscribedURLs` is Kargo's own index of Warehouses by image repository, so no pipeline is named here, and an image
    whose name begins with another's is another one. The operator is `Equals`; `Equal` passes admission and then fails
    each request (Kargo 1.11).
    """
    image = f"'{registry.host}/' + lower(request.body.package.owner.login) + '/' + request.body.package.name"
    return {
        "action": "Refresh",
        "whenExpression": pushed_tag(registry.owner),
        "targetSelectionCriteria": [
            {
                "kind": "Warehouse",
                "indexSelector": {
                    "matchIndices": [
                        {
                            "key": "subscribedURLs",
                            "operator": "Equals",
                            "value": f"${{{{ normalizeImage({image}) }}}}",
                        }
                    ]
                },
            }
        ],
    }


def pushed_tag(owner: str) -> str:
    """Return the `whenExpression` that is true for a pushed tag of an image of `owner`, and for nothing else.

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
            f"lower({package}?.owner?.login ?? '') == '{owner.lower()}'",
            f"{package}?.name != nil",
            f"not (({package}?.version ?? '') startsWith 'sha256:')",
        ]
    )
