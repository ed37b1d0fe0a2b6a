"""Comments on a pull request, by the API that GitHub and Gitea 1.26 have in common."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

_TRIES = 3
_PAUSE_SECONDS = 1.0
# Who comments with the token that a workflow's run is given; neither may ask who it is.
_WORKFLOWS = ("github-actions[bot]", "gitea-actions")


class ForgeError(Exception):
    """A comment could not be written; the text says why and what to change."""


@dataclass(frozen=True)
class PullRequest:
    """A pull request, and how its forge is reached.

    Args:
        api: address of the API: `https://api.github.com`, or a Gitea's with `/api/v1`.
        repository: `owner/name`.
        number: its number.
        token: access token.
    """

    api: str
    repository: str
    number: int
    token: str = field(repr=False)


class Comments:
    """The comments of a pull request.

    Args:
        pull_request: the pull request.
        client: an HTTP client, which tests give; by default one for the forge.
        pause: seconds before a second try.
    """

    def __init__(self, pull_request: PullRequest, client: httpx.Client | None = None, pause: float = _PAUSE_SECONDS):
        self._of = pull_request
        self._client = client or httpx.Client(timeout=30)
        self._pause = pause

    def write(self, marker: str, body: str) -> str:
        """Write the one comment that has `marker`: edit it where it is there, else add it; return its address.

        Only our own counts: anybody can write a marker.

        Raises:
            ForgeError: if the forge refuses or cannot be reached.
        """
        own = [comment for comment in self._all() if marker in (comment.get("body") or "") and self._is_ours(comment)]
        if own:
            path = f"issues/comments/{own[0]['id']}"
            if own[0]["body"] == body:
                return str(own[0]["html_url"])
            return str(self._ask("PATCH", path, {"body": body}).json()["html_url"])
        return str(self._ask("POST", f"issues/{self._of.number}/comments", {"body": body}).json()["html_url"])

    def _all(self) -> Iterator[dict[str, Any]]:
        page: str | None = f"issues/{self._of.number}/comments?per_page=100"
        while page:
            response = self._ask("GET", page)
            yield from response.json()
            # Gitea sends all at once, and no link.
            page = response.links.get("next", {}).get("url")

    def _is_ours(self, comment: dict[str, Any]) -> bool:
        author = str((comment.get("user") or {}).get("login", ""))
        if author in _WORKFLOWS:
            return True
        response = self._send("GET", f"{self._of.api}/user")
        return response.is_success and response.json()["login"] == author

    def _ask(self, method: str, path: str, content: dict[str, str] | None = None) -> httpx.Response:
        url = path if path.startswith("http") else f"{self._of.api}/repos/{self._of.repository}/{path}"
        response = self._send(method, url, content)
        if response.is_success:
            return response
        raise ForgeError(self._refusal(response.status_code))

    def _send(self, method: str, url: str, content: dict[str, str] | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._of.token}", "Accept": "application/json"}
        for left in range(_TRIES - 1, -1, -1):
            try:
                response = self._client.request(method, url, json=content, headers=headers)
                if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR or not left:
                    return response
            except httpx.TransportError as error:
                if not left:
                    raise ForgeError(f"the forge cannot be reached ({type(error).__name__})") from None
            time.sleep(self._pause)
        raise AssertionError("unreachable")

    def _refusal(self, status: int) -> str:
        where = f"pull request {self._of.number} of {self._of.repository}"
        match status:
            case httpx.codes.UNAUTHORIZED:
                return "the forge does not accept the token (401); give the workflow one that is valid"
            case httpx.codes.FORBIDDEN:
                return (
                    f"the token may not comment on {where} (403); it needs pull-requests: write in a workflow, "
                    "write:issue in Gitea"
                )
            case httpx.codes.NOT_FOUND:
                return f"there is no {where} that the token may see (404); a fork's run has no token of its own"
            case httpx.codes.GONE | httpx.codes.LOCKED:
                return f"{where} takes no comments any more ({status})"
            case httpx.codes.INTERNAL_SERVER_ERROR:
                return (
                    f"the forge answered 500 to a comment on {where}; Gitea does so where there is none of that number"
                )
            case _:
                return f"the forge answered {status} to a comment on {where}"
