"""A webhook in Gitea, kept as the stack says: created, adopted, repaired, moved and deleted with it.

Owns the hook's whole life in Gitea. What it delivers to is Kargo's (`KargoProject.webhooks`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pulumi
from pulumi import dynamic

from components.dynamic.provider import Provider

if TYPE_CHECKING:
    from clients.gitea import Gitea

Event = Literal["package", "pull_request_only"]


class GiteaWebhookProvider(Provider):
    """The hook's life over Gitea's API."""

    # What moves the hook elsewhere, or what Gitea's PATCH does not write (1.26 ignores `secret`), makes a new hook.
    replacing = ("giteaUrl", "scope", "owner", "secret")
    updating = ("url", "events", "active", "settled", "username", "password", "caBundle")

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Create the hook, or adopt an unsigned one with the same URL; its id is its address below `/api/v1`."""
        from clients.gitea_hooks import GiteaHooks  # noqa: PLC0415

        with _gitea(props) as gitea:
            hooks = GiteaHooks(gitea)
            collection = hooks.collection(props["scope"], props["owner"])
            same = [hook for hook in hooks.all(collection) if hook.url == props["url"]]
            if same and not props["secret"]:
                hook = hooks.update(same.pop(0).path, props["url"], props["events"])
            else:
                # A hook's secret cannot be read or changed, so a signed one is made anew.
                hook = hooks.create(collection, props["url"], props["events"], props["secret"])
            for duplicate in same:
                hooks.delete(duplicate.path)
        _say_what_gitea_may_refuse(props["url"])
        return dynamic.CreateResult(hook.path, props)

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """Return what Gitea has at `id_`; no id where the hook is gone."""
        from clients.gitea_hooks import GiteaHooks, stored_name  # noqa: PLC0415

        with _gitea(props) as gitea:
            hook = GiteaHooks(gitea).get(id_)
        if hook is None:
            return dynamic.ReadResult("", {})
        live = {"url": hook.url, "active": hook.active, "settled": hook.settled}
        if hook.events != sorted(stored_name(event) for event in props["events"]):
            live["events"] = hook.events
        return dynamic.ReadResult(id_, {**props, **live})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Write the whole hook again."""
        from clients.gitea_hooks import GiteaHooks  # noqa: PLC0415

        with _gitea(_news) as gitea:
            GiteaHooks(gitea).update(_id, _news["url"], _news["events"])
        return dynamic.UpdateResult(_news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the hook."""
        from clients.gitea_hooks import GiteaHooks  # noqa: PLC0415

        with _gitea(_props) as gitea:
            GiteaHooks(gitea).delete(_id)


def _gitea(props: dict[str, Any]) -> "Gitea":
    # Only the provider's own process speaks HTTP; importing a client would cost every preview.
    from clients.gitea import Gitea  # noqa: PLC0415

    return Gitea(props["giteaUrl"], props["username"], props["password"], props["caBundle"])


def _say_what_gitea_may_refuse(url: str) -> None:
    from clients.gitea_delivery import refused_by_default  # noqa: PLC0415

    if value := refused_by_default(url):
        # The engine shows what a provider prints.
        print(  # noqa: T201
            "Kargo's address is loopback or private, which Gitea refuses by default without an error here: its app.ini "
            f"needs ALLOWED_HOST_LIST = {value} under [webhook]",
            flush=True,
        )


@dataclass(frozen=True)
class GiteaWebhookArgs:
    """What the hook is.

    Args:
        gitea_url: Gitea's web address.
        username: who signs in to manage it.
        password: password or access token (secret).
        scope: `owner`, `user`, `organization` or `system`; whose events it sees.
        owner: user or organisation that owns packages and repositories.
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
    url: pulumi.Input[str]
    event: Event
    secret: pulumi.Input[str] | None = None
    ca_bundle: str | None = None


class GiteaWebhook(dynamic.Resource, name="GiteaWebhook"):
    """A webhook of a Gitea user, organisation or system.

    Its id is the address below Gitea's `/api/v1`, such as `/user/hooks/3`.

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
                "url": pulumi.Output.secret(args.url),
                "events": [args.event],
                "secret": pulumi.Output.secret(args.secret) if args.secret is not None else "",
                "caBundle": args.ca_bundle or "",
                "active": True,
                "settled": True,
            },
            opts,
        )
