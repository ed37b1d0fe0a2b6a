"""Client of the API for issues and comments that GitHub and Gitea 1.26 have in common."""

import os
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx

from clients.connection import (
    TIMEOUT_SECONDS,
    ServiceError,
    explain,
    foreign,
    is_rate_limited,
    json_object,
    reason,
    ssl_context,
)
from clients.secrecy import Scrubber

_TRIES = 3
_PAUSE_SECONDS = 1
_LONGEST_PAUSE_SECONDS = 60
# Author of texts written with the token of a workflow run in Gitea. Such a token may not ask for its own user.
_GITEA_WORKFLOW = "gitea-actions"


class ForgeError(ServiceError):
    """An issue or comment could not be read or written; the text contains the reason and the fix."""


class Forge:
    """The API of a repository on GitHub or Gitea.

    Args:
        api: URL of the API: `https://api.github.com`, one with `/api/v3` (GitHub Enterprise Server), or a Gitea's with
            `/api/v1`.
        repository: `owner/name`.
        token: access token of a user, a workflow run, or an installation of a GitHub App.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.
        tell: receives a line before a longer pause.

    Raises:
        ServiceError: if `ca_bundle` cannot be read.
        ForgeError: from each method, if the server refuses, or cannot be reached.
    """

    def __init__(
        self,
        api: str,
        repository: str,
        token: str,
        ca_bundle: str | None = None,
        tell: Callable[[str], None] = print,
    ) -> None:
        self._api, self._repository, self._tell = api.rstrip("/"), repository, tell
        self._server = f"the API at {urlsplit(api).netloc}"
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._scrub = Scrubber([token])
        self._patience = _LONGEST_PAUSE_SECONDS
        self._client = httpx.Client(verify=ssl_context(ca_bundle), timeout=TIMEOUT_SECONDS)

    @classmethod
    def of_the_workflow(cls, ca_bundle: str | None = None) -> "Forge":
        """Return the API of the repository in which a workflow of GitHub or Gitea runs.

        Args:
            ca_bundle: PEM file with CAs to trust, in addition to the system's.

        Raises:
            ForgeError: if an environment variable is not set.
            ServiceError: if `ca_bundle` cannot be read.
        """
        names = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN")
        if missing := [name for name in names if not os.environ.get(name)]:
            raise ForgeError(f"{', '.join(missing)}: not set; export it, or run the command in a workflow")
        api, repository, token = (os.environ[name] for name in names)
        return cls(api, repository, token, ca_bundle)

    def ask(self, method: str, path: str, content: dict[str, str] | None = None) -> dict[str, Any]:
        """Send a request, and return the object in the answer.

        Args:
            method: HTTP method.
            path: path below the repository.
            content: content of the request.
        """
        response = self._asked(method, path, content)
        if not (answered := json_object(response)):
            raise ForgeError(str(foreign(response, self._server, "GITHUB_API_URL")))
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
        """Return this program's first object with `marker` in a list. Other users can write a marker too.

        A list of issues also contains pull requests, which are never this program's.
        """
        marked = (found for found in self._all(path) if marker in (found.get("body") or ""))
        issues = (found for found in marked if not found.get("pull_request"))
        return next((found for found in issues if (found.get("user") or {}).get("login") == self._login), None)

    def _all(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list, page by page. Gitea returns some lists as one page without a link."""
        page: str | None = path
        while page:
            response = self._asked("GET", page)
            yield from self._objects(response)
            page = response.links.get("next", {}).get("url")

    def _objects(self, response: httpx.Response) -> list[dict[str, Any]]:
        try:
            found = response.json()
        except ValueError:
            found = None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise ForgeError(str(foreign(response, self._server, "GITHUB_API_URL")))
        return found

    @cached_property
    def _login(self) -> str:
        """Login of the token's user.

        On GitHub only GraphQL answers for a workflow's and a GitHub App's token as well: `acme-deploy[bot]`.
        """
        if not self._api.endswith("/api/v1"):
            # GitHub Enterprise Server's is /api/graphql, next to /api/v3.
            url = f"{self._api.removesuffix('/v3')}/graphql"
            answer = self._asked("POST", url, {"query": "{ viewer { login } }"})
            viewer = (json_object(answer).get("data") or {}).get("viewer") or {}
            if not viewer.get("login"):
                raise ForgeError(f"{self._server} did not tell whose GITHUB_TOKEN is: {reason(answer, self._scrub)}")
            return str(viewer["login"])
        answer = self._send("GET", f"{self._api}/user")
        if answer.status_code == httpx.codes.FORBIDDEN and not is_rate_limited(answer):
            return _GITEA_WORKFLOW
        login = json_object(answer).get("login")
        if not answer.is_success or not login:
            raise ForgeError(self._refusal(answer, "user"))
        return str(login)

    def _asked(self, method: str, path: str, content: dict[str, str] | None = None) -> httpx.Response:
        url = path if path.startswith("http") else f"{self._api}/repos/{self._repository}/{path}"
        response = self._send(method, url, content)
        if response.is_success:
            return response
        raise ForgeError(self._refusal(response, path.partition("?")[0]))

    def _send(self, method: str, url: str, content: dict[str, str] | None = None) -> httpx.Response:
        creates = method == "POST" and not url.endswith("/graphql")
        for left in range(_TRIES - 1, -1, -1):
            try:
                response = self._client.request(method, url, json=content, headers=self._headers)
            except httpx.TransportError as error:
                # What was sent may have been created, and would be created twice.
                if not left or (creates and not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)):
                    raise ForgeError(explain(error, self._server)) from None
                pause: int | None = _PAUSE_SECONDS
            else:
                is_final = not left or (creates and response.is_server_error)
                pause = None if is_final else self._pause(response)
            if pause is None:
                return response
            time.sleep(pause)
        raise AssertionError("unreachable")

    def _pause(self, response: httpx.Response) -> int | None:
        """Return the seconds after which a request is repeated; None for an answer that is final.

        All pauses that a rate limit asks for last a minute at most.
        """
        if not is_rate_limited(response):
            return _PAUSE_SECONDS if response.is_server_error else None
        asked = response.headers.get("retry-after", "")
        if not asked.isdigit() or int(asked) > self._patience:
            return None
        self._patience -= int(asked)
        self._tell(f"{self._server} allows no more requests now; waiting {asked} s, as it asks")
        return int(asked)

    def _refusal(self, response: httpx.Response, path: str) -> str:
        status, where = response.status_code, f"{path} of {self._repository}"
        text = reason(response, self._scrub)
        because = f"{status}: {text}" if text else str(status)
        if is_rate_limited(response):
            pause = response.headers.get("retry-after", "")
            when = f"in {pause} s" if pause.isdigit() else "later"
            return f"{self._server} allows no more requests now ({because}); run the command again {when}"
        match status:
            case httpx.codes.UNAUTHORIZED:
                return f"GITHUB_TOKEN: not accepted ({because}); set a valid token for {self._server}"
            case httpx.codes.FORBIDDEN:
                return (
                    f"GITHUB_TOKEN does not allow access to {where} ({because}); give it the permission "
                    "pull-requests: write or issues: write in a workflow, or the scope write:issue in Gitea"
                )
            case httpx.codes.NOT_FOUND:
                return (
                    f"{where} does not exist, or GITHUB_TOKEN may not see it ({because}); check both. The run of a "
                    "fork has no token of its own"
                )
            case httpx.codes.GONE | httpx.codes.LOCKED:
                return f"{where} no longer accepts comments ({because})"
            case httpx.codes.INTERNAL_SERVER_ERROR:
                return (
                    f"{self._server} answered 500 for {where}{f': {text}' if text else ''}; check that it exists "
                    "(Gitea answers 500 if not)"
                )
            case _:
                return f"{self._server} answered {status} for {where}{f': {text}' if text else ''}"
