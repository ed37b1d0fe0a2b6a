"""A webhook in Gitea, kept as the stack says: created, repaired, moved and deleted with it.

Owns the hook's whole life in Gitea. What it delivers to is Kargo's (`KargoProject.webhooks`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pulumi
from pulumi import dynamic

from components.dynamic.present_login import recorded_login
from components.dynamic.provider import Provider, one_line

if TYPE_CHECKING:
    from clients.gitea import Gitea
    from clients.gitea_hooks import WantedHook

Event = Literal["package", "pull_request_only"]


class GiteaWebhookProvider(Provider):
    """The hook's life over Gitea's API.

    The id tells nothing: an update may have to make the hook anew, and Pulumi lets no update change an id. Where the
    hook lies is the output `path`.
    """

    # What moves the hook elsewhere, or what Gitea's PATCH does not write (1.26 ignores `secret`), makes a new hook.
    replacing = ("giteaUrl", "username", "scope", "owner", "secret")
    # Its URL changes with the secret, so the former hook is dead already; next to the new one it would be a stranger.
    deleting_first = ("secret",)
    updating = ("name", "url", "events", "active", "settled", "password", "caBundle")
    ignoring_case = ("owner",)

    _config: dynamic.Config | None = None

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Keep the stack's configuration, for the login that it has now."""
        self._config = req.config

    @one_line
    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Create the hook, in the place of what an interrupted run left or what is being replaced."""
        outs = _made(props)
        _say_what_gitea_may_refuse(props["url"])
        return dynamic.CreateResult("gitea-webhook", outs)

    @one_line
    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """Return what Gitea has; no id where the hook is gone."""
        from clients.gitea_hooks import GiteaHooks, stored_name  # noqa: PLC0415

        login = recorded_login(props, self._config)
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

    @one_line
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Write the whole hook again, or create it where it is gone."""
        from clients.gitea_hooks import GiteaHooks  # noqa: PLC0415

        with _gitea(_news, _news["password"], _news["caBundle"]) as gitea:
            hook = GiteaHooks(gitea).update(_olds["path"], _wanted(_news))
        return dynamic.UpdateResult({**_news, "path": hook.path} if hook else _made(_news))

    @one_line
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the hook; where a login that the stack no longer has fails, say what is left and go on."""
        from clients.connection import ServiceError  # noqa: PLC0415
        from clients.gitea_hooks import GiteaHooks  # noqa: PLC0415

        login = recorded_login(_props, self._config)
        try:
            with _gitea(_props, login.password, login.ca_bundle) as gitea:
                GiteaHooks(gitea).delete(_props["path"])
        except ServiceError as error:
            if login.is_present:
                raise
            _tell(
                f"a hook of the former login is left at {_props['giteaUrl']} ({_props['path']}): {error}. If that "
                "Gitea is still used, delete it by hand"
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
    # Only the provider's own process speaks HTTP; importing a client would cost every preview.
    from clients.gitea import Gitea  # noqa: PLC0415

    return Gitea(props["giteaUrl"], props["username"], password, ca_bundle)


def _tell(text: str) -> None:
    # The engine shows what a provider prints.
    print(text, flush=True)  # noqa: T201


def _say_what_gitea_may_refuse(url: str) -> None:
    from clients.gitea_delivery import refused_by_default  # noqa: PLC0415

    if value := refused_by_default(url):
        _tell(
            "Kargo's address is loopback or private, which Gitea refuses by default without an error here: its app.ini "
            f"needs ALLOWED_HOST_LIST = {value} under [webhook]"
        )


@dataclass(frozen=True)
class GiteaWebhookArgs:
    """What the hook is.

    Args:
        gitea_url: Gitea's web address.
        username: who signs in to manage it.
        password: password or access token (secret).
        scope: `owner`, `user`, `organization` or `system`; whose events it sees.
        owner: user or organisation whose events it sees.
        name: tells the hook from all others in that Gitea.
        url: where it delivers (secret).
        event: what it delivers.
        secret: signs deliveries; None where the receiver checks no signature.
        ca_bundle: PEM file to trust beside the system's CAs.
    """

    gitea_url: str
    username: str
    password: pulumi.Input[str]
    scope: str
    owner: str
    name: str
    url: pulumi.Input[str]
    event: Event
    secret: pulumi.Input[str] | None = None
    ca_bundle: str | None = None


class GiteaWebhook(dynamic.Resource, name="GiteaWebhook"):
    """A webhook of a Gitea user, organisation or system; its output `path` is its address below Gitea's `/api/v1`.

    Args:
        name: Pulumi name.
        args: what the hook is.
        opts: Pulumi options.
    """

    def __init__(self, name: str, args: GiteaWebhookArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            GiteaWebhookProvider(),
            name,
            {
                "giteaUrl": args.gitea_url,
                "username": args.username,
                "password": pulumi.Output.secret(args.password),
                "scope": args.scope,
                "owner": args.owner,
                "name": args.name,
                "url": pulumi.Output.secret(args.url),
                "events": [args.event],
                "secret": pulumi.Output.secret(args.secret) if args.secret is not None else "",
                "caBundle": args.ca_bundle or "",
                "active": True,
                "settled": True,
            },
            opts,
        )
