"""A webhook in Gitea: created, repaired, moved and deleted with the stack. It delivers to a receiver of Kargo."""

import ipaddress
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import pulumi
from pulumi import dynamic

from components.dynamic.current_login import current_login
from components.dynamic.provider import Provider, tell

if TYPE_CHECKING:
    from clients.gitea import Gitea
    from clients.gitea_hooks import WantedHook

Event = Literal["package", "pull_request_only"]


class GiteaWebhookProvider(Provider):
    """Manages the webhook with Gitea's API.

    The id is constant: an update may have to recreate the webhook, and Pulumi does not allow an update to change an id.
    The output `path` is the address of the webhook.
    """

    # Inputs that move the webhook, or that Gitea's PATCH does not write (1.26 ignores `secret`).
    replacing = ("giteaUrl", "username", "scope", "owner", "secret")
    # The URL changes with the secret, so the old webhook no longer works, and `create` would refuse its name.
    deleting_first = ("secret",)
    updating = ("name", "url", "events", "active", "settled", "password", "caBundle")
    ignoring_case = ("owner",)

    _config: dynamic.Config | None = None

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Keep the stack's configuration, for the current login."""
        self._config = req.config

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Create the webhook, and delete the one that an interrupted run left."""
        outs = _made(props)
        _warn_of_refused_deliveries(props["url"])
        return dynamic.CreateResult("gitea-webhook", outs)

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """Return the webhook as Gitea has it; no id if it is gone."""
        from clients.gitea_hooks import GiteaHooks, stored_name  # noqa: PLC0415

        login = current_login(props, self._config)
        with _gitea(props, login.password, login.ca_bundle) as gitea:
            hook = GiteaHooks(gitea).get(props["path"])
        if hook is None:
            return dynamic.ReadResult("", {})
        live = {"url": hook.url, "active": hook.active, "settled": hook.settled}
        if hook.name is not None:
            live["name"] = hook.name
        if hook.events != sorted(stored_name(event) for event in props["events"]):
            live["events"] = hook.events
        return dynamic.ReadResult(id_, {**props, **live})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Write the whole webhook again, or recreate it if it is gone."""
        from clients.gitea_hooks import GiteaHooks  # noqa: PLC0415

        with _gitea(_news, _news["password"], _news["caBundle"]) as gitea:
            hook = GiteaHooks(gitea).update(_olds["path"], _wanted(_news))
        return dynamic.UpdateResult({**_news, "path": hook.path} if hook else _made(_news))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the webhook. If a login that the stack no longer has fails, print a warning and continue."""
        from clients.connection import ServiceError  # noqa: PLC0415
        from clients.gitea_hooks import GiteaHooks  # noqa: PLC0415

        login = current_login(_props, self._config)
        try:
            with _gitea(_props, login.password, login.ca_bundle) as gitea:
                GiteaHooks(gitea).delete(_props["path"])
        except ServiceError as error:
            if login.is_current:
                raise
            tell(
                f"warning: a webhook of the former login remains at {_props['giteaUrl']} ({_props['path']}): {error}; "
                "delete it by hand if that Gitea is still used"
            )


def _made(props: dict[str, Any]) -> dict[str, Any]:
    from clients.gitea_hooks import GiteaHooks  # noqa: PLC0415

    with _gitea(props, props["password"], props["caBundle"]) as gitea:
        hooks = GiteaHooks(gitea)
        hook = hooks.make(hooks.collection(props["scope"], props["owner"]), _wanted(props))
    return {**props, "path": hook.path}


def _wanted(props: dict[str, Any]) -> "WantedHook":
    from clients.gitea_hooks import WantedHook  # noqa: PLC0415

    return WantedHook(props["name"], props["url"], props["events"], props["secret"])


def _gitea(props: dict[str, Any], password: str, ca_bundle: str) -> "Gitea":
    # Only the provider's own process speaks HTTP; the import would slow down every preview.
    from clients.gitea import Gitea  # noqa: PLC0415

    return Gitea(props["giteaUrl"], props["username"], password, ca_bundle)


def _warn_of_refused_deliveries(url: str) -> None:
    from clients.gitea_hooks import refused_by_default  # noqa: PLC0415

    value = refused_by_default(url)
    # Gitea resolves a name in its own network. There a name that is loopback here is another address: IDPBuilder's
    # *.localtest.me is this machine outside of the cluster, and the ingress inside.
    if value is None or (value == "loopback" and _is_name(urlsplit(url).hostname or "")):
        return
    tell(
        "warning: kargo.webhooksBaseUrl is a loopback or private address, to which Gitea does not deliver by default; "
        f"set ALLOWED_HOST_LIST = {value} under [webhook] in its app.ini (from 1.27 on also under [security]), unless "
        "its list allows the address already"
    )


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host != "localhost"
    return False


class GiteaWebhook(dynamic.Resource, name="GiteaWebhook"):
    """A webhook of a Gitea user, organization or system. Its output `path` is its API path below `/api/v1`.

    Args:
        gitea_url: Gitea's web address.
        username: user that manages the webhook.
        password: password or access token (secret).
        scope: `owner` or `system`.
        owner: user or organization whose events the webhook sends.
        hook_name: name of the webhook, unique in that Gitea.
        url: URL that the webhook delivers to (secret).
        secret: secret that signs deliveries; None if the receiver checks no signature.
    """

    def __init__(
        self,
        name: str,
        *,
        gitea_url: str,
        username: str,
        password: pulumi.Input[str],
        scope: str,
        owner: str,
        hook_name: str,
        url: pulumi.Input[str],
        event: Event,
        secret: pulumi.Input[str] | None,
        ca_bundle: str | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {
            "giteaUrl": gitea_url,
            "username": username,
            "password": pulumi.Output.secret(password),
            "scope": scope,
            "owner": owner,
            "name": hook_name,
            "url": pulumi.Output.secret(url),
            "events": [event],
            "secret": pulumi.Output.secret(secret) if secret is not None else "",
            "caBundle": ca_bundle or "",
            "active": True,
            "settled": True,
        }
        super().__init__(GiteaWebhookProvider(), name, props, opts)
