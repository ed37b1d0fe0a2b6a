"""Client of the API for issues and comments that GitHub and Gitea 1.26 have in common."""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx

_TRIES = 3
# Authors of texts written with the token of a workflow run. Such a token may not ask for its own user.
_WORKFLOWS = ("github-actions[bot]", "gitea-actions")


class ForgeError(Exception):
    """An issue or comment could not be read or written; the text contains the reason and the fix."""


class Forge:
    """The API of a repository on GitHub or Gitea.

    Args:
        api: URL of the API: `https://api.github.com`, or a Gitea's with `/api/v1`.
        repository: `owner/name`.
        token: access token.
        client: HTTP client, for tests; by default a new one.
        pause: seconds before a request is repeated.

    Raises:
        ForgeError: from each method, if the server refuses, or cannot be reached.
    """

    def __init__(
        self, api: str, repository: str, token: str, client: httpx.Client | None = None, pause: float = 1.0
    ) -> None:
        self._api, self._repository, self._pause = api.rstrip("/"), repository, pause
        self._server = f"the API at {urlsplit(api).netloc}"
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._client = client or httpx.Client(timeout=30)

    @classmethod
    def of_the_workflow(cls) -> "Forge":
        """Return the API of the repository in which a workflow of GitHub or Gitea runs.

        Raises:
            ForgeError: if an environment variable is not set.
        """
        names = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN")
        if missing := [name for name in names if not os.environ.get(name)]:
            raise ForgeError(f"{', '.join(missing)}: not set; export it, or run the command in a workflow")
        api, repository, token = (os.environ[name] for name in names)
        return cls(api, repository, token)

    def ask(self, method: str, path: str, content: dict[str, str] | None = None) -> dict[str, Any]:
        """Send a request, and return the object in the answer.

        Args:
            method: HTTP method.
            path: path below the repository.
            content: content of the request.
        """
        answered: dict[str, Any] = self._asked(method, path, content).json()
        return answered

    def keep(
        self, listed: str, marker: str, content: dict[str, str], add: str, edit: Callable[[dict[str, Any]], str]
    ) -> str:
        """Write this program's object with `marker`: edit it if it exists, else add it; return its URL.

        Args:
            listed: path of the list that contains it.
            marker: hidden line of its body that identifies it.
            content: fields of the object; an edit writes only `body`.
            add: path to which a new object is posted.
            edit: returns the path of an existing object.
        """
        kept = self.own(listed, marker)
        if kept is None:
            kept = self.ask("POST", add, content)
        elif kept["body"] != content["body"]:
            kept = self.ask("PATCH", edit(kept), {"body": content["body"]})
        return str(kept["html_url"])

    def own(self, path: str, marker: str) -> dict[str, Any] | None:
        """Return this program's first object with `marker` in a list. Other users can write a marker too."""
        marked = (found for found in self._all(path) if marker in (found.get("body") or ""))
        return next((found for found in marked if self._is_ours(found)), None)

    def _all(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list, page by page. Gitea returns some lists as one page without a link."""
        page: str | None = path
        while page:
            response = self._asked("GET", page)
            yield from response.json()
            page = response.links.get("next", {}).get("url")

    def _is_ours(self, written: dict[str, Any]) -> bool:
        author = str((written.get("user") or {}).get("login", ""))
        if author in _WORKFLOWS:
            return True
        response = self._send("GET", f"{self._api}/user")
        return response.is_success and response.json()["login"] == author

    def _asked(self, method: str, path: str, content: dict[str, str] | None = None) -> httpx.Response:
        url = path if path.startswith("http") else f"{self._api}/repos/{self._repository}/{path}"
        response = self._send(method, url, content)
        if response.is_success:
            return response
        raise ForgeError(self._refusal(response.status_code, path.partition("?")[0]))

    def _send(self, method: str, url: str, content: dict[str, str] | None = None) -> httpx.Response:
        for left in range(_TRIES - 1, -1, -1):
            try:
                response = self._client.request(method, url, json=content, headers=self._headers)
                if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR or not left:
                    return response
            except httpx.TransportError as error:
                if not left:
                    raise ForgeError(f"{self._server} cannot be reached ({type(error).__name__})") from None
            time.sleep(self._pause)
        raise AssertionError("unreachable")

    def _refusal(self, status: int, path: str) -> str:
        where = f"{path} of {self._repository}"
        match status:
            case httpx.codes.UNAUTHORIZED:
                return f"GITHUB_TOKEN: not accepted (401); set a valid token for {self._server}"
            case httpx.codes.FORBIDDEN:
                return (
                    f"GITHUB_TOKEN does not allow access to {where} (403); give it the permission pull-requests: write "
                    "or issues: write in a workflow, or the scope write:issue in Gitea"
                )
            case httpx.codes.NOT_FOUND:
                return (
                    f"{where} does not exist, or GITHUB_TOKEN may not see it (404); check both. The run of a fork has "
                    "no token of its own"
                )
            case httpx.codes.GONE | httpx.codes.LOCKED:
                return f"{where} no longer accepts comments ({status})"
            case httpx.codes.INTERNAL_SERVER_ERROR:
                return f"{self._server} answered 500 for {where}; check that it exists (Gitea answers 500 if not)"
            case _:
                return f"{self._server} answered {status} for {where}"
