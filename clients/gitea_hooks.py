"""Webhooks of a Gitea user, organisation or system."""

from dataclasses import dataclass
from typing import Any

from clients.gitea import Gitea, GiteaError

_PAGE = 50
_SYSTEM = "/admin/hooks"


@dataclass(frozen=True)
class Hook:
    """A webhook as Gitea keeps it.

    Args:
        url: where it delivers.
        events: Gitea's event names, sorted.
        active: whether it fires.
        settled: whether the rest (type, content type, branch filter, authorization header) is as this program sets it.
        path: its address below `/api/v1`, such as `/user/hooks/3`.
    """

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
        """Return the API path of the hooks that see `owner`'s packages.

        Args:
            scope: `owner`, `user`, `organization` or `system`.
            owner: user or organisation.

        Raises:
            GiteaError: if `owner` is another user, whose hooks only that user can manage.
        """
        if scope == "system":
            return _SYSTEM
        if scope == "user":
            return "/user/hooks"
        organization = f"/orgs/{owner}"
        if scope == "organization" or self._exists(organization):
            return f"{organization}/hooks"
        if owner.lower() != self._gitea.username.lower():
            raise GiteaError(
                f"'{self._gitea.username}' cannot manage webhooks of user '{owner}' in Gitea; set "
                f"registry.login.username to '{owner}', or webhooks.scope to system with an administrator's login"
            )
        return "/user/hooks"

    def all(self, collection: str) -> list[Hook]:
        """Return all hooks of a collection; of `/admin/hooks` the system hooks, not the default ones."""
        found: list[Hook] = []
        for page in range(1, 1000):
            query: dict[str, str | int] = {"page": page, "limit": _PAGE}
            if collection == _SYSTEM:
                query["type"] = "system"
            items = self._gitea.call("GET", collection, params=query).json()
            found += [_hook(collection, item) for item in items]
            if len(items) < _PAGE:
                break
        return found

    def get(self, path: str) -> Hook | None:
        """Return the hook at `path`, or None if it is gone."""
        response = self._gitea.call("GET", path, absent_is_fine=True)
        return _hook(_collection_of(path), response.json()) if response.is_success else None

    def create(self, collection: str, url: str, events: list[str], secret: str | None) -> Hook:
        """Create a hook.

        Raises:
            GiteaError: if Gitea keeps other events than were asked for, as one that is too old does.
        """
        return self._write("POST", collection, collection, url, events, secret)

    def update(self, path: str, url: str, events: list[str]) -> Hook:
        """Write the whole hook again; a PATCH without `events` would reset them to `push` (Gitea 1.26)."""
        return self._write("PATCH", path, _collection_of(path), url, events, None)

    def delete(self, path: str) -> None:
        """Delete the hook; one that is gone already is fine."""
        self._gitea.call("DELETE", path, absent_is_fine=True)

    def _write(self, method: str, path: str, collection: str, url: str, events: list[str], secret: str | None) -> Hook:
        config = {"url": url, "content_type": "json"}
        if secret:
            config["secret"] = secret
        if collection == _SYSTEM:
            # Without this Gitea makes a default hook, which only seeds new repositories and never fires.
            config["is_system_webhook"] = "true"
        body = {
            "type": "gitea",
            "active": True,
            "branch_filter": "*",
            "authorization_header": "",
            "events": events,
            "config": config,
        }
        hook = _hook(collection, self._gitea.call(method, path, json=body).json())
        missing = sorted({stored_name(event) for event in events} - set(hook.events))
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
    return Hook(
        url=item["config"].get("url", ""),
        events=sorted(item.get("events") or []),
        active=bool(item.get("active")),
        settled=(
            item.get("type") == "gitea"
            and item["config"].get("content_type") == "json"
            and item.get("branch_filter") in ("", "*", None)
            and not item.get("authorization_header")
        ),
        path=f"{collection}/{item['id']}",
    )
