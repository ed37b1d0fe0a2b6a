"""The API that GitHub and Gitea 1.26 have in common, for one repository."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

_TRIES = 3
_PAUSE_SECONDS = 1.0
# Who writes with the token that a workflow's run is given; neither may ask who it is.
_WORKFLOWS = ("github-actions[bot]", "gitea-actions")


class ForgeError(Exception):
    """Something could not be written; the text says why and what to change."""


@dataclass(frozen=True)
class Repository:
    """A repository, and how its forge is reached.

    Args:
        api: address of the API: `https://api.github.com`, or a Gitea's with `/api/v1`.
        name: `owner/name`.
        token: access token.
    """

    api: str
    name: str
    token: str = field(repr=False)

    @classmethod
    def of_the_workflow(cls) -> "Repository":
        """Return the repository that a workflow of GitHub or Gitea runs in.

        Raises:
            ForgeError: naming what is not told.
        """
        names = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN")
        if missing := [name for name in names if not os.environ.get(name)]:
            raise ForgeError(f"{', '.join(missing)} not set; run it in a workflow, or set them")
        api, repository, token = (os.environ[name] for name in names)
        return cls(api.rstrip("/"), repository, token)


class Forge:
    """Asks a repository's forge.

    Args:
        repository: the repository.
        client: an HTTP client, which tests give; by default one of its own.
        pause: seconds before a second try.
    """

    def __init__(
        self, repository: Repository, client: httpx.Client | None = None, pause: float = _PAUSE_SECONDS
    ) -> None:
        self._of = repository
        self._client = client or httpx.Client(timeout=30)
        self._pause = pause

    def ask(self, method: str, path: str, content: dict[str, str] | None = None) -> dict[str, Any]:
        """Return the object that the forge answers with.

        Args:
            method: HTTP method.
            path: path below the repository.
            content: what is sent.

        Raises:
            ForgeError: if the forge refuses or cannot be reached.
        """
        answered: dict[str, Any] = self._asked(method, path, content).json()
        return answered

    def all(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list, page by page; Gitea sends some lists whole, and then no link.

        Raises:
            ForgeError: if the forge refuses or cannot be reached.
        """
        page: str | None = path
        while page:
            response = self._asked("GET", page)
            yield from response.json()
            page = response.links.get("next", {}).get("url")

    def keep(
        self, listed: str, marker: str, content: dict[str, str], add: str, edit: Callable[[dict[str, Any]], str]
    ) -> str:
        """Write the one object of ours that has `marker`: edit it where it is there, else add it; return its address.

        Args:
            listed: path of the list that it is in.
            marker: a hidden line of its body, by which it is found again.
            content: what it says; an edit writes its `body` alone.
            add: path where one is added.
            edit: returns the path of one that is there.

        Raises:
            ForgeError: if the forge refuses or cannot be reached.
        """
        kept = self.own(listed, marker)
        if kept is None:
            kept = self.ask("POST", add, content)
        elif kept["body"] != content["body"]:
            kept = self.ask("PATCH", edit(kept), {"body": content["body"]})
        return str(kept["html_url"])

    def own(self, path: str, marker: str) -> dict[str, Any] | None:
        """Return the first object of a list that we wrote under `marker`; anybody can write a marker.

        Raises:
            ForgeError: if the forge refuses or cannot be reached.
        """
        marked = (found for found in self.all(path) if marker in (found.get("body") or ""))
        return next((found for found in marked if self._is_ours(found)), None)

    def _is_ours(self, written: dict[str, Any]) -> bool:
        author = str((written.get("user") or {}).get("login", ""))
        if author in _WORKFLOWS:
            return True
        response = self._send("GET", f"{self._of.api}/user")
        return response.is_success and response.json()["login"] == author

    def _asked(self, method: str, path: str, content: dict[str, str] | None = None) -> httpx.Response:
        url = path if path.startswith("http") else f"{self._of.api}/repos/{self._of.name}/{path}"
        response = self._send(method, url, content)
        if response.is_success:
            return response
        raise ForgeError(self._refusal(response.status_code, path.partition("?")[0]))

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

    def _refusal(self, status: int, path: str) -> str:
        where = f"{path} of {self._of.name}"
        match status:
            case httpx.codes.UNAUTHORIZED:
                return "the forge does not accept the token (401); give the workflow one that is valid"
            case httpx.codes.FORBIDDEN:
                return (
                    f"the token may not write {where} (403); it needs pull-requests: write or issues: write in a "
                    "workflow, write:issue in Gitea"
                )
            case httpx.codes.NOT_FOUND:
                return f"there is no {where} that the token may see (404); a fork's run has no token of its own"
            case httpx.codes.GONE | httpx.codes.LOCKED:
                return f"{where} takes no comments any more ({status})"
            case httpx.codes.INTERNAL_SERVER_ERROR:
                return f"the forge answered 500 for {where}; Gitea does so where there is none of that number"
            case _:
                return f"the forge answered {status} for {where}"
