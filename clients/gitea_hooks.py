"""Webhooks of a Gitea user, organization or system, and the hosts that Gitea delivers to."""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from clients.connection import json_object
from clients.gitea import Gitea, GiteaError, RedirectedError

_PAGE = 50
_SYSTEM = "/admin/hooks"


@dataclass(frozen=True)
class WantedHook:
    """Settings of a webhook.

    Args:
        name: name of the webhook, unique in this Gitea. A Gitea before 1.26 stores no names.
        url: URL that it delivers to (secret).
        events: Gitea's names of the events.
        secret: secret with which it signs (secret); empty if the receiver checks no signature.
    """

    name: str
    url: str
    events: Sequence[str]
    secret: str = ""


@dataclass(frozen=True)
class Hook:
    """A webhook in Gitea.

    Args:
        name: name of the webhook; None in a Gitea that stores no names.
        url: URL that it delivers to.
        events: Gitea's names of the events, sorted.
        active: whether it delivers.
        settled: whether the rest (type, content type, branch filter, authorization header) is as this program sets it.
            Gitea 1.27 shows no authorization header.
        path: API path below `/api/v1`, such as `/user/hooks/3`.
    """

    name: str | None
    url: str
    events: list[str]
    active: bool
    settled: bool
    path: str


def stored_name(event: str) -> str:
    """Return the name under which Gitea stores an event: it stores `pull_request_only` as `pull_request`."""
    return event.removesuffix("_only")


class GiteaHooks:
    """Webhooks that the user of a `Gitea` may manage. Each method raises its errors."""

    def __init__(self, gitea: Gitea) -> None:
        self._gitea = gitea

    def collection(self, scope: str, owner: str) -> str:
        """Return the API path of the webhooks that receive the events of `owner`.

        The client asks for an organization only if the owner is not the user itself: Gitea checks the scope of the
        token before it looks for the organization (1.26).

        Args:
            scope: `owner` or `system`.
            owner: user or organization.

        Raises:
            GiteaError: if `owner` is another user. Only that user can manage the webhooks.
        """
        if scope == "system":
            return _SYSTEM
        if owner.lower() == self._gitea.login().lower():
            return "/user/hooks"
        if self._gitea.call("GET", f"/orgs/{owner}", absent_is_fine=True).is_success:
            return f"/orgs/{owner}/hooks"
        raise GiteaError(
            f"'{self._gitea.username}' cannot manage webhooks of user '{owner}' in Gitea; set webhooks.username to "
            f"'{owner}', or set webhooks.scope to system and sign in as an administrator"
        )

    def all(self, collection: str) -> list[Hook]:
        """Return all webhooks of a collection; for `/admin/hooks` the system webhooks, not the default webhooks.

        The last page is the first page without a new webhook: Gitea may return fewer webhooks than requested
        (`MAX_RESPONSE_ITEMS`), and older versions return the same system webhooks on every page.
        """
        found: dict[str, Hook] = {}
        for page in range(1, 1000):
            query: dict[str, str | int] = {"page": page, "limit": _PAGE}
            if collection == _SYSTEM:
                query["type"] = "system"
            items = self._gitea.objects(collection, params=query)
            new = {hook.path: hook for hook in (_hook(collection, item) for item in items) if hook.path not in found}
            if not new:
                break
            found |= new
        return list(found.values())

    def get(self, path: str) -> Hook | None:
        """Return the webhook at `path`; None if it does not exist."""
        response = self._gitea.call("GET", path, absent_is_fine=True)
        return _hook(_collection_of(path), json_object(response)) if response.is_success else None

    def make(self, collection: str, wanted: WantedHook) -> Hook:
        """Create the webhook, then delete those that an interrupted run has left.

        They have its URL, or another one of the same server and its name, if a rotation followed. An identical webhook
        is not adopted: it may be the one that is being replaced, and is deleted afterwards.

        Raises:
            GiteaError: if a webhook of the same name delivers to another server, or if Gitea is too old and does not
                have the event.
        """
        found = self.all(collection)
        for hook in found:
            if hook.name == wanted.name and urlsplit(hook.url).netloc != urlsplit(wanted.url).netloc:
                raise GiteaError(
                    f"Gitea at {self._gitea.url} already has a webhook '{hook.name}' ({hook.path}) that delivers to "
                    f"{urlsplit(hook.url).netloc} and was not created by this stack; delete it there, or set another "
                    "kargo.project"
                )
        created = self._write("POST", collection, collection, wanted)
        for hook in found:
            if hook.url == wanted.url or hook.name == wanted.name:
                self.delete(hook.path)
        return created

    def update(self, path: str, wanted: WantedHook) -> Hook | None:
        """Write all settings of the webhook except its secret; return None if it does not exist.

        Gitea's PATCH ignores the secret, resets missing events to `push`, and answers 500 for a system webhook that
        does not exist (1.26).
        """
        if self.get(path) is None:
            return None
        return self._write("PATCH", path, _collection_of(path), wanted)

    def delete(self, path: str) -> None:
        """Delete the webhook. One that does not exist is no error.

        Raises:
            GiteaError: also if its owner was renamed and the webhook exists under the new name: a DELETE never follows
                a redirect.
        """
        try:
            self._gitea.call("DELETE", path, absent_is_fine=True)
        except RedirectedError:
            if self._gitea.call("GET", path, absent_is_fine=True, follow_redirects=True).is_success:
                raise

    def _write(self, method: str, path: str, collection: str, wanted: WantedHook) -> Hook:
        config = {"url": wanted.url, "content_type": "json"}
        if wanted.secret:
            config["secret"] = wanted.secret
        if collection == _SYSTEM:
            # Without this, Gitea creates a default webhook: it is copied to new repositories, and never delivers.
            config["is_system_webhook"] = "true"
        body = {
            "type": "gitea",
            "name": wanted.name,
            "active": True,
            "branch_filter": "*",
            "authorization_header": "",
            "events": list(wanted.events),
            "config": config,
        }
        hook = _hook(collection, self._gitea.object(method, path, json=body))
        missing = sorted({stored_name(event) for event in wanted.events} - set(hook.events))
        if missing:
            self.delete(hook.path)
            version = self._gitea.object("GET", "/version").get("version", "unknown")
            raise GiteaError(f"Gitea {version} has no webhook event {', '.join(missing)}; use Gitea 1.17 or newer")
        return hook


def refused_by_default(url: str) -> str | None:
    """Return the value that `url` requires in Gitea's `[webhook] ALLOWED_HOST_LIST`; None if the default allows it.

    With the default, `external`, Gitea does not deliver to loopback and private addresses (1.26). It creates the
    webhook without an error, and its API does not return the result of a delivery, so `up` prints a warning.
    """
    host = urlsplit(url).hostname or ""
    try:
        addresses = {ipaddress.ip_address(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except (OSError, ValueError):
        return None
    if any(address.is_loopback for address in addresses):
        return "loopback"
    return host if any(address.is_private or address.is_link_local for address in addresses) else None


def _collection_of(path: str) -> str:
    return path.rpartition("/")[0]


def _hook(collection: str, item: dict[str, Any]) -> Hook:
    config, number = item.get("config"), item.get("id")
    if not isinstance(config, dict) or not isinstance(number, int):
        raise GiteaError("the answer of Gitea's API is not a webhook; check registry.host")
    return Hook(
        name=item.get("name"),
        url=config.get("url", ""),
        events=sorted(item.get("events") or []),
        active=bool(item.get("active")),
        settled=(
            item.get("type") == "gitea"
            and config.get("content_type") == "json"
            and item.get("branch_filter") in ("", "*", None)
            and not item.get("authorization_header")
        ),
        path=f"{collection}/{number}",
    )
