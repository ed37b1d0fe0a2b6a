"""Webhooks of a Gitea user, organisation or system."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from clients.connection import json_object
from clients.gitea import Gitea, GiteaError, RedirectedError

_PAGE = 50
_SYSTEM = "/admin/hooks"
_OWN = "/user/hooks"


@dataclass(frozen=True)
class WantedHook:
    """What a webhook should be.

    Args:
        name: tells the hook from all others in this Gitea; one that is older than 1.26 keeps no names.
        url: where it delivers (secret).
        events: Gitea's event names.
        secret: what it signs with (secret); empty where nobody checks.
    """

    name: str
    url: str
    events: Sequence[str]
    secret: str = ""


@dataclass(frozen=True)
class Hook:
    """A webhook as Gitea keeps it.

    Args:
        name: its name; None from a Gitea that keeps none.
        url: where it delivers.
        events: Gitea's event names, sorted.
        active: whether it fires.
        settled: whether the rest (type, content type, branch filter, authorization header) is as this program sets it.
        path: its address below `/api/v1`, such as `/user/hooks/3`.
    """

    name: str | None
    url: str
    events: list[str]
    active: bool
    settled: bool
    path: str


def stored_name(event: str) -> str:
    """Return the name under which Gitea stores an event: `pull_request_only` asks for the plain `pull_request`."""
    return event.removesuffix("_only")


class GiteaHooks:
    """The webhooks that an account may manage.

    Args:
        gitea: the account.
    """

    def __init__(self, gitea: Gitea) -> None:
        self._gitea = gitea

    def collection(self, scope: str, owner: str) -> str:
        """Return the API path of the hooks that see what happens at `owner`.

        An organisation is asked for only where the owner is not the account itself: Gitea wants a token's scope for
        that before it looks (1.26).

        Args:
            scope: `owner`, `user`, `organization` or `system`.
            owner: user or organisation.

        Raises:
            GiteaError: if `owner` is another user, whose hooks only that user can manage.
        """
        organization = f"/orgs/{owner}"
        if scope == "system":
            return _SYSTEM
        if scope == "organization":
            return f"{organization}/hooks"
        if owner.lower() == self._gitea.login().lower():
            return _OWN
        if scope == "owner" and self._exists(organization):
            return f"{organization}/hooks"
        raise GiteaError(
            f"'{self._gitea.username}' cannot manage webhooks of user '{owner}' in Gitea; set "
            f"webhooks.username to '{owner}', or webhooks.scope to system with an administrator's login"
        )

    def all(self, collection: str) -> list[Hook]:
        """Return all hooks of a collection; of `/admin/hooks` the system hooks, not the default ones.

        Gitea may send fewer than asked for (`MAX_RESPONSE_ITEMS`), and older ones send the system's in one page
        whatever is asked, so the end is the page that brings nothing new.
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
        """Return the hook at `path`, or None if it is gone."""
        response = self._gitea.call("GET", path, absent_is_fine=True)
        return _hook(_collection_of(path), json_object(response)) if response.is_success else None

    def make(self, collection: str, wanted: WantedHook) -> Hook:
        """Create the hook, then delete those with its URL, which a run that was cut off has left.

        An identical one is not adopted: it may be the one that is being replaced, and then be deleted afterwards.

        Raises:
            GiteaError: if a hook that this stack does not know has the same name, or if Gitea keeps other events than
                were asked for, as one that is too old does.
        """
        found = self.all(collection)
        for hook in found:
            if hook.name == wanted.name and hook.url != wanted.url:
                raise GiteaError(
                    f"Gitea at {self._gitea.url} already has a webhook '{hook.name}' ({hook.path}), which delivers to "
                    f"{urlsplit(hook.url).netloc} and was not created by this stack; delete it there, or set another "
                    "kargo.project"
                )
        replaced = [hook for hook in found if hook.url == wanted.url]
        made = self._write("POST", collection, collection, wanted)
        for hook in replaced:
            self.delete(hook.path)
        return made

    def update(self, path: str, wanted: WantedHook) -> Hook | None:
        """Write the whole hook again, its secret excepted; return None if it is gone.

        Gitea's PATCH ignores the secret, resets events that are left out to `push`, and fails with 500 for a system
        hook that is gone (1.26).
        """
        if self.get(path) is None:
            return None
        return self._write("PATCH", path, _collection_of(path), wanted)

    def delete(self, path: str) -> None:
        """Delete the hook; one that is gone already is fine.

        Raises:
            GiteaError: also where its owner was renamed, unless no hook is there under the new name either: a DELETE
                goes to no address but its own.
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
            # Without this Gitea makes a default hook, which only seeds new repositories and never fires.
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
            raise GiteaError(
                f"Gitea {self._gitea.version()} has no webhook event {', '.join(missing)}; use Gitea 1.17 or newer"
            )
        return hook

    def _exists(self, path: str) -> bool:
        return self._gitea.call("GET", path, absent_is_fine=True).is_success


def _collection_of(path: str) -> str:
    return path.rpartition("/")[0]


def _hook(collection: str, item: dict[str, Any]) -> Hook:
    config, number = item.get("config"), item.get("id")
    if not isinstance(config, dict) or not isinstance(number, int):
        raise GiteaError("Gitea's API answered with something other than a webhook; check registry.host")
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
