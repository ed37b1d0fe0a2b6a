"""A repository as the API of its forge shows it: who may push where, and what a file holds.

Gitea 1.26 and GitHub answer these questions alike, and take a password or token as a basic login.
"""

import base64
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from clients.connection import ServiceError, SignedIn, explain, foreign, json_object, reason, unavailable
from clients.sign_in import Login

_GITHUB = "github.com"


class Repository(SignedIn):
    """One repository, as one login sees it; a context manager that closes its connections.

    Args:
        url: its HTTPS URL.
        login: who signs in.
        ca_bundle: PEM file to trust beside the system's CAs.

    Raises:
        ServiceError: if `ca_bundle` cannot be read.
    """

    def __init__(self, url: str, login: Login, ca_bundle: str | None) -> None:
        parts = urlsplit(url)
        api = "https://api.github.com" if parts.hostname == _GITHUB else f"{parts.scheme}://{parts.netloc}/api/v1"
        self._name = parts.path.strip("/").removesuffix(".git")
        self._server = parts.netloc
        super().__init__(f"{api}/repos/{self._name}", login.username, login.password, ca_bundle)

    def about(self) -> dict[str, Any] | None:
        """Return what the forge says about the repository; None where the login sees none.

        Whether the login may push is in `permissions.push`: Gitea's Git server greets a reader in the same way.

        Raises:
            ServiceError: if the forge refuses the login, or does not answer.
        """
        return self._found("")

    def branch(self, name: str) -> dict[str, Any] | None:
        """Return what the forge says about a branch; None where there is none. Gitea adds `user_can_push`.

        Raises:
            ServiceError: if the forge refuses the login, or does not answer.
        """
        return self._found(f"/branches/{quote(name)}")

    def file(self, path: str, branch: str) -> str | None:
        """Return the text of a file; None where there is none.

        Raises:
            ServiceError: if the forge refuses the login, or does not answer.
        """
        found = self._found(f"/contents/{quote(path)}?ref={quote(branch)}")
        return None if found is None else base64.b64decode(found.get("content") or "").decode(errors="replace")

    def _found(self, path: str) -> dict[str, Any] | None:
        try:
            response = self._client.get(path)
        except httpx.TransportError as error:
            raise ServiceError(explain(error, f"the API of {self._server}")) from None
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        if later := unavailable(response, f"the API of {self._server}"):
            raise later
        if not response.is_success:
            said = reason(response, self._scrub)
            raise ServiceError(
                f"the API of {self._server} answered {response.status_code} for {self._name}"
                f"{f': {said}' if said else ''}"
            )
        if not (found := json_object(response)):
            raise foreign(response, f"the API of {self._server}", "gitOps.repoUrl")
        return found
