"""Kargo's webhook receivers: the receivers that a stack needs, their specs and their paths."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from kargo.manifest import Manifest, manifest
from kargo.names import CRED_TYPE_LABEL
from model.accounts import HookAccount
from model.registry import GITHUB, GiteaRegistry
from model.stack import Stack
from model.types.urls import place

ReceiverKind = Literal["generic", "gitea", "github"]
Event = Literal["package", "pull_request"]


@dataclass(frozen=True)
class Sender:
    """A sender of events to a receiver.

    Args:
        server: web address of the Gitea or GitHub.
        owner: user or organization that owns the images or the repository.
        event: kind of the events.
        page: web page in whose settings a user can register the webhook.
        account: account that can register the webhook; None if only a user can.
        repository: name of the repository whose webhook sends the events, without its owner; empty if the owner's
            webhook sends them. Gitea's always is the owner's.
    """

    server: str
    owner: str
    event: Event
    page: str
    account: HookAccount | None = None
    repository: str = ""


@dataclass(frozen=True)
class Receiver:
    """One webhook receiver of a Kargo project.

    Args:
        name: name in the ProjectConfig, which is part of the hash in the URL.
        kind: Kargo's receiver type.
        senders: senders of its events.
        actions: Kargo's `actions` of a `generic` receiver; empty for other types, whose behavior is fixed.
    """

    name: str
    kind: ReceiverKind
    senders: tuple[Sender, ...] = ()
    actions: tuple[dict[str, Any], ...] = ()

    @property
    def signed(self) -> bool:
        """Whether the receiver checks a signature. A `generic` receiver checks none, so its URL is the credential."""
        return self.kind != "generic"

    @property
    def fed_by_gitea(self) -> bool:
        """Whether Gitea sends the events."""
        return self.kind != "github"

    def secret_name(self, project: str) -> str:
        """Return the name of the Secret with this receiver's secret."""
        return f"{project}-webhook-{self.name}"

    def secret_manifest(self, project: str) -> Manifest:
        """Return the Secret with this receiver's secret, without its data."""
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
    """Return the receivers for a stack's registry and GitOps repository. Each serves all pipelines."""
    accounts = {account.server: account for account in stack.hook_accounts}
    github = stack.github_hook_account
    found: list[Receiver] = []
    on_github: list[Sender] = []
    registry, repository = stack.registry, stack.git_ops
    if isinstance(registry, GiteaRegistry):
        # Kargo's `gitea` receiver answers 501 to package events (Kargo 1.11), so images need a `generic` one.
        page = f"{registry.url}/{registry.owner}"
        sender = Sender(registry.url, registry.owner, "package", page, accounts[registry.url])
        found.append(Receiver("gitea-packages", "generic", (sender,), (refresh_pushed_image(registry),)))
    else:
        # The event `registry_package` comes only from the webhook of a GitHub App.
        linked = stack.webhooks.repository or ""
        page = f"{GITHUB}/{registry.owner}{f'/{linked}' if linked else ''}"
        on_github.append(Sender(GITHUB, registry.owner, "package", page, github, linked))
    if stack.opens_pull_requests:
        server, owner, page = repository.server, repository.owner, repository.page
        if repository.provider == "gitea":
            sender = Sender(server, owner, "pull_request", page, accounts.get(server))
            found.append(Receiver("gitea-pull-requests", "gitea", (sender,)))
        else:
            account = github if github and place(github.server) == place(server) else None
            on_github.append(Sender(server, owner, "pull_request", page, account, repository.repository))
    if on_github:
        found.append(Receiver("github", "github", tuple(on_github)))
    return tuple(found)


def refresh_pushed_image(registry: GiteaRegistry) -> dict[str, Any]:
    """Return the action that refreshes the Warehouses that subscribe to a pushed image.

    `subscribedURLs` is Kargo's index of Warehouses by image repository, so the action names no pipeline. The operator
    is `Equals`: `Equal` passes admission, and then every request fails (Kargo 1.11).
    """
    image = f"'{registry.host}/' + lower(request.body.package.owner.login) + '/' + request.body.package.name"
    subscribed = {"key": "subscribedURLs", "operator": "Equals", "value": f"${{{{ normalizeImage({image}) }}}}"}
    return {
        "action": "Refresh",
        "whenExpression": pushed_tag(registry.owner),
        "targetSelectionCriteria": [{"kind": "Warehouse", "indexSelector": {"matchIndices": [subscribed]}}],
    }


def pushed_tag(owner: str) -> str:
    """Return the `whenExpression` that is true only for a pushed tag of an image of `owner`.

    Gitea 1.26 sends one `package` event for each manifest. The expression excludes the children of a multi-arch image,
    whose version is a digest: otherwise one push would refresh the Warehouse several times. With `?.` a body of another
    shape is not an error, which Kargo would answer with 500.
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
