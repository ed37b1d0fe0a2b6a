"""A webhook in GitHub: created, repaired, moved and deleted with the stack, and a ping of it that Kargo answered."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi import dynamic

from components.dynamic.current_login import current_token
from components.dynamic.provider import CheckProvider, Provider, tell

if TYPE_CHECKING:
    from clients.github_hooks import GitHubHooks, WantedHook


class GitHubWebhookProvider(Provider):
    """Manages the webhook with GitHub's API.

    The id is constant: an update may have to recreate the webhook, and Pulumi does not allow an update to change an id.
    The output `path` is the address of the webhook.
    """

    # Inputs that move the webhook.
    replacing = ("githubUrl", "owner", "repository")
    # A refresh cannot see another secret, because GitHub does not return it.
    updating = ("url", "secret", "events", "active", "settled", "token", "caBundle")
    ignoring_case = ("owner", "repository")

    _config: dynamic.Config | None = None

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Keep the stack's configuration, for the current token."""
        self._config = req.config

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Create the webhook, and delete the one that an interrupted run left."""
        return dynamic.CreateResult("github-webhook", _made(props))

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """Return the webhook as GitHub has it; no id if it is gone."""
        login = current_token(props, self._config)
        with _hooks(props, login.password, login.ca_bundle) as hooks:
            hook = hooks.get(props["path"])
        if hook is None:
            return dynamic.ReadResult("", {})
        live = {"url": hook.url, "events": hook.events, "active": hook.active, "settled": hook.settled}
        return dynamic.ReadResult(id_, {**props, **live})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Write the whole webhook again, or recreate it if it is gone."""
        with _hooks(_news, _news["token"], _news["caBundle"]) as hooks:
            hook = hooks.update(_olds["path"], _wanted(_news))
        return dynamic.UpdateResult({**_news, "path": hook.path} if hook else _made(_news))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the webhook. If a token that the stack no longer has fails, print a warning and continue."""
        from clients.connection import ServiceError  # noqa: PLC0415

        login = current_token(_props, self._config)
        try:
            with _hooks(_props, login.password, login.ca_bundle) as hooks:
                hooks.delete(_props["path"])
        except ServiceError as error:
            if login.is_current:
                raise
            tell(
                f"warning: a webhook remains at {_props['githubUrl']} ({_props['path']}), because the stack has no "
                f"token for it any longer: {error}; delete it by hand if nobody needs it"
            )


class GitHubPingProvider(CheckProvider):
    """Makes GitHub ping a receiver."""

    passed = "answered"
    updating = ("cluster", "path", "url")

    def check_service(self, props: dict[str, Any]) -> None:
        """Ask for the ping, and check Kargo's answer. If GitHub records no answer, print a warning and continue."""
        from clients.github_deliveries import check_ping  # noqa: PLC0415

        with _hooks(props, props["token"], props["caBundle"]) as hooks:
            if not check_ping(hooks, props["path"]):
                tell(
                    "warning: GitHub has not recorded the delivery of its ping, which can take minutes; look at Recent "
                    f"Deliveries of the webhook at {props['githubUrl']} ({props['path']}), or run the doctor later"
                )


def _made(props: dict[str, Any]) -> dict[str, Any]:
    with _hooks(props, props["token"], props["caBundle"]) as hooks:
        hook = hooks.make(hooks.collection(props["owner"], props["repository"]), _wanted(props))
    return {**props, "path": hook.path}


def _wanted(props: dict[str, Any]) -> "WantedHook":
    from clients.github_hooks import WantedHook  # noqa: PLC0415

    return WantedHook(props["url"], props["events"], props["secret"])


@contextmanager
def _hooks(props: dict[str, Any], token: str, ca_bundle: str) -> Iterator["GitHubHooks"]:
    # Only the provider's own process speaks HTTP; the import would slow down every preview.
    from clients.github import GitHub  # noqa: PLC0415
    from clients.github_hooks import GitHubHooks  # noqa: PLC0415

    hidden = [value for key in ("url", "secret") if (value := props.get(key))]
    with GitHub(props["githubUrl"], token, ca_bundle, hidden) as github:
        yield GitHubHooks(github)


class GitHubWebhook(dynamic.Resource, name="GitHubWebhook"):
    """A webhook of an organization or a repository in GitHub.

    Args:
        github_url: GitHub's web address.
        token: access token that manages the webhook (secret).
        owner: user or organization.
        repository: name of the repository, without its owner; empty for the organization's own webhook.
        url: URL that the webhook delivers to (secret).
        secret: secret that signs deliveries (secret).
        events: GitHub's names of the events, sorted.

    Attributes:
        path: API path of the webhook.
    """

    path: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        github_url: str,
        token: pulumi.Input[str],
        owner: str,
        repository: str,
        url: pulumi.Input[str],
        secret: pulumi.Input[str],
        events: Sequence[str],
        ca_bundle: str | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {
            "githubUrl": github_url,
            "token": pulumi.Output.secret(token),
            "owner": owner,
            "repository": repository,
            "url": pulumi.Output.secret(url),
            "secret": pulumi.Output.secret(secret),
            "events": list(events),
            "caBundle": ca_bundle or "",
            "active": True,
            "settled": True,
            "path": None,
        }
        super().__init__(GitHubWebhookProvider(), name, props, opts)


class GitHubPing(dynamic.Resource, name="GitHubPing"):
    """A ping of GitHub that Kargo answered. If it does not, `up` fails with the reason.

    Args:
        identity: identity of the cluster.
        github_url: GitHub's web address.
        token: access token that manages the webhook (secret).
        path: API path of the webhook.
        url: URL that the webhook delivers to (secret).
    """

    def __init__(
        self,
        name: str,
        *,
        identity: pulumi.Input[str],
        github_url: str,
        token: pulumi.Input[str],
        path: pulumi.Input[str],
        url: pulumi.Input[str],
        ca_bundle: str | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {
            "cluster": identity,
            "githubUrl": github_url,
            "token": pulumi.Output.secret(token),
            "path": path,
            "url": pulumi.Output.secret(url),
            "caBundle": ca_bundle or "",
        }
        super().__init__(GitHubPingProvider(), name, props, opts)
