"""Webhooks of an organization or a repository in GitHub."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from clients.connection import json_object
from clients.github import GitHub, GitHubError, RedirectedError

_PAGE = 100
_ORGANIZATION = "Organization"


@dataclass(frozen=True)
class WantedHook:
    """Settings of a webhook. Every other setting has the same value for all of them.

    Args:
        url: URL that it delivers to (secret).
        events: GitHub's names of the events.
        secret: secret with which it signs (secret).
    """

    url: str = field(repr=False)
    events: Sequence[str]
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Hook:
    """A webhook in GitHub.

    Args:
        url: URL that it delivers to.
        events: GitHub's names of the events, sorted.
        active: whether it delivers.
        settled: whether the rest (content type, verification of certificates, existence of a secret) is as this program
            sets it. GitHub does not return the secret.
        path: API path, such as `/orgs/acme/hooks/3`.
    """

    url: str = field(repr=False)
    events: list[str]
    active: bool
    settled: bool
    path: str


@dataclass(frozen=True)
class Delivery:
    """A delivery of a webhook, as GitHub recorded it.

    Args:
        number: number of the delivery.
        event: name of the event.
        at: time of the delivery, in ISO 8601.
        status_code: status code of the answer.
        status: GitHub's description of the answer, such as `OK`.
    """

    number: int
    event: str
    at: str
    status_code: int
    status: str

    @property
    def is_success(self) -> bool:
        """Whether the receiver accepted the delivery."""
        return 200 <= self.status_code < 300  # noqa: PLR2004 - the range of HTTP


class GitHubHooks:
    """Webhooks that the token of a `GitHub` may manage. Each method raises its errors."""

    def __init__(self, github: GitHub) -> None:
        self._github = github

    def collection(self, owner: str, repository: str) -> str:
        """Return the API path of the webhooks of a repository, or of an organization.

        Args:
            owner: user or organization.
            repository: name of the repository, without its owner; empty for the organization's own webhooks.

        Raises:
            GitHubError: if `repository` is empty, and `owner` is a user, who has no webhooks.
        """
        if repository:
            return f"/repos/{owner}/{repository}/hooks"
        if self._github.object("GET", f"/users/{owner}").get("type") != _ORGANIZATION:
            raise GitHubError(
                f"'{owner}' is a user on GitHub, and only organizations have webhooks; set webhooks.repository to the "
                "repository to which the packages are linked"
            )
        return f"/orgs/{owner}/hooks"

    def all(self, collection: str) -> list[Hook]:
        """Return all webhooks of a collection."""
        found: list[Hook] = []
        for page in range(1, 1000):
            items = self._github.objects(collection, per_page=_PAGE, page=page)
            found += [_hook(collection, item) for item in items]
            if len(items) < _PAGE:
                break
        return found

    def get(self, path: str) -> Hook | None:
        """Return the webhook at `path`; None if it does not exist."""
        response = self._github.call("GET", path, absent_is_fine=True)
        return _hook(_collection_of(path), json_object(response)) if response.is_success else None

    def make(self, collection: str, wanted: WantedHook) -> Hook:
        """Create the webhook. First delete others with its URL, which an interrupted run or a user has left.

        The URL contains a hash of the receiver's secret, so such a webhook is for this receiver. GitHub refuses a
        second webhook with the same URL and a common event. None is adopted: it may be the one that is being replaced,
        and is deleted afterwards.
        """
        self._delete_twins(self.all(collection), wanted, "")
        return self._write("POST", collection, collection, wanted)

    def update(self, path: str, wanted: WantedHook) -> Hook | None:
        """Write all settings of the webhook; return None if it does not exist.

        GitHub's PATCH removes the secret if it is missing, and other missing settings keep their value.
        """
        collection = _collection_of(path)
        found = self.all(collection)
        if all(hook.path != path for hook in found):
            return None
        self._delete_twins(found, wanted, path)
        return self._write("PATCH", path, collection, wanted)

    def delete(self, path: str) -> None:
        """Delete the webhook. One that does not exist is no error.

        Raises:
            GitHubError: also if its repository was renamed and the webhook exists under the new name: a DELETE never
                follows a redirect.
        """
        try:
            self._github.call("DELETE", path, absent_is_fine=True)
        except RedirectedError:
            if self._github.call("GET", path, absent_is_fine=True, follow_redirects=True).is_success:
                raise

    def ping(self, path: str) -> None:
        """Make GitHub send the event `ping`. The delivery appears in the list some seconds later."""
        self._github.call("POST", f"{path}/pings")

    def deliveries(self, path: str, count: int = 30) -> list[Delivery]:
        """Return the last deliveries, the newest first. GitHub keeps them for some days.

        Args:
            path: API path of the webhook.
            count: number of deliveries, at most 100.
        """
        listed = self._github.objects(f"{path}/deliveries", per_page=count)
        return [
            Delivery(
                number=int(item.get("id") or 0),
                event=str(item.get("event")),
                at=str(item.get("delivered_at")),
                status_code=int(item.get("status_code") or 0),
                status=self._github.scrub(str(item.get("status"))),
            )
            for item in listed
        ]

    def answer(self, path: str, delivery: Delivery) -> str:
        """Return the body of the receiver's answer to a delivery, without secrets; empty if it has no body."""
        found = self._github.object("GET", f"{path}/deliveries/{delivery.number}")
        return self._github.scrub(str((found.get("response") or {}).get("payload") or ""))

    def _delete_twins(self, found: Sequence[Hook], wanted: WantedHook, own: str) -> None:
        for hook in found:
            if hook.url == wanted.url and hook.path != own:
                self.delete(hook.path)

    def _write(self, method: str, path: str, collection: str, wanted: WantedHook) -> Hook:
        config = {"url": wanted.url, "content_type": "json", "insecure_ssl": "0", "secret": wanted.secret}
        body = {"config": config, "events": list(wanted.events), "active": True}
        # The only name that GitHub has for a webhook.
        name = {"name": "web"} if method == "POST" else {}
        return _hook(collection, self._github.object(method, path, json={**name, **body}))


def _collection_of(path: str) -> str:
    return path.rpartition("/")[0]


def _hook(collection: str, item: dict[str, Any]) -> Hook:
    config, number = item.get("config"), item.get("id")
    if not isinstance(config, dict) or not isinstance(number, int):
        raise GitHubError("the answer of GitHub's API is not a webhook; check gitOps.repoURL")
    return Hook(
        url=str(config.get("url", "")),
        events=sorted(item.get("events") or []),
        active=bool(item.get("active")),
        settled=(
            config.get("content_type") == "json"
            and str(config.get("insecure_ssl")) == "0"
            # GitHub returns asterisks for a secret.
            and bool(config.get("secret"))
        ),
        path=f"{collection}/{number}",
    )
