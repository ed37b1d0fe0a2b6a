"""A Git repository in the API of Gitea or GitHub: permissions, branches and files.

Gitea 1.26 and GitHub have the same API for these, and accept a password or token as basic authentication.
"""

import base64
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from clients.connection import ServiceError, SignedIn, foreign, json_object, reason, send
from clients.sign_in import User


class Repository(SignedIn):
    """A repository, seen by one user; a context manager that closes its connections.

    Args:
        url: HTTPS URL of the repository.
        user: user that signs in.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.

    Raises:
        ServiceError: if `ca_bundle` cannot be read, or later if the server refuses the login or does not answer.
    """

    def __init__(self, url: str, user: User, ca_bundle: str | None) -> None:
        parts = urlsplit(url)
        api = "https://api.github.com" if parts.hostname == "github.com" else f"{parts.scheme}://{parts.netloc}/api/v1"
        self._name = parts.path.strip("/").removesuffix(".git")
        self._server = f"the API of {parts.netloc}"
        super().__init__(f"{api}/repos/{self._name}", user.username, user.password, ca_bundle)

    def about(self) -> dict[str, Any] | None:
        """Return the API's object of the repository; None if the user cannot see it.

        `permissions.push` is the permission to push. Gitea's Git server answers a user without it in the same way.
        """
        return self._found("")

    def branch(self, name: str) -> dict[str, Any] | None:
        """Return the API's object of a branch; None if the branch does not exist. Gitea adds `user_can_push`."""
        return self._found(f"/branches/{quote(name)}")

    def file(self, path: str, branch: str) -> str | None:
        """Return the text of a file; None if the file does not exist."""
        found = self._found(f"/contents/{quote(path)}?ref={quote(branch)}")
        return None if found is None else base64.b64decode(found.get("content") or "").decode(errors="replace")

    def _found(self, path: str) -> dict[str, Any] | None:
        response = send(self._client, self._server, "GET", path)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        if not response.is_success:
            text = reason(response, self._scrub)
            suffix = f": {text}" if text else ""
            raise ServiceError(f"{self._server} answered {response.status_code} for {self._name}{suffix}")
        if not (found := json_object(response)):
            raise foreign(response, self._server, "gitOps.repoURL")
        return found
