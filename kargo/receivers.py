"""Kargo's webhook receivers: which ones a stack needs, their specs, and the path that Kargo gives each."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from kargo.manifest import Manifest, manifest
from kargo.names import CRED_TYPE_LABEL
from model.registry import GiteaRegistry
from model.stack import Stack

_GITHUB = "https://github.com"

ReceiverKind = Literal["generic", "gitea", "github"]
Event = Literal["package", "pull_request"]


@dataclass(frozen=True)
class Sender:
    """Who sends a receiver's events: pushed images are the registry's, pull requests the GitOps repository's.

    Args:
        server: web address of the Gitea or GitHub.
        owner: user or organisation whose images or repository it is.
        event: what is sent.
        page: web page of the owner or repository in whose settings people can register the webhook.
    """

    server: str
    owner: str
    event: Event
    page: str


@dataclass(frozen=True)
class Receiver:
    """One webhook receiver of a Kargo project.

    Args:
        name: name in the ProjectConfig; part of the URL's hash.
        kind: Kargo's receiver type.
        senders: who sends its events.
        actions: what a `generic` receiver does, as Kargo's `actions`; empty for the others, whose behaviour is fixed.
    """

    name: str
    kind: ReceiverKind
    senders: tuple[Sender, ...] = ()
    actions: tuple[dict[str, Any], ...] = ()

    @property
    def signed(self) -> bool:
        """Whether the sender signs with the secret; a `generic` receiver checks no signature, only its URL."""
        return self.kind != "generic"

    @property
    def fed_by_gitea(self) -> bool:
        """Whether Gitea sends the events, so that this program can register the webhook."""
        return self.kind != "github"

    def secret_name(self, project: str) -> str:
        """Return the name of the Secret that holds this receiver's secret."""
        return f"{project}-webhook-{self.name}"

    def secret_manifest(self, project: str) -> Manifest:
        """Return the Secret that holds this receiver's secret, without its data."""
        labels = {CRED_TYPE_LABEL: "generic"}
        return manifest("v1", "Secret", self.secret_name(project), project, labels=labels)

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
    found: list[Receiver] = []
    on_github: list[Sender] = []
    registry, repository = stack.registry, stack.git_ops
    if isinstance(registry, GiteaRegistry):
        # Kargo's `gitea` receiver answers 501 to package events (Kargo 1.11), so images need a `generic` one.
        sender = Sender(registry.url, registry.owner, "package", f"{registry.url}/{registry.owner}")
        found.append(Receiver("gitea-packages", "generic", (sender,), (refresh_pushed_image(registry),)))
    else:
        on_github.append(Sender(_GITHUB, registry.owner, "package", f"{_GITHUB}/{registry.owner}"))
    if stack.opens_pull_requests:
        sender = Sender(repository.server, repository.owner, "pull_request", repository.page)
        if repository.provider == "gitea":
            found.append(Receiver("gitea-pull-requests", "gitea", (sender,)))
        else:
            on_github.append(sender)
    if on_github:
        found.append(Receiver("github", "github", tuple(on_github)))
    return tuple(found)


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
