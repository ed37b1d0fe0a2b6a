"""A Git repository in the API of Gitea or GitHub: permissions, branches and files.

Gitea 1.26 and GitHub have the same API for these, and accept a password or token as basic authentication.
"""

import base64
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import httpx

from clients.connection import ServiceError, SignedIn, foreign, json_object, reason, send
from clients.sign_in import User

Provider = Literal["gitea", "github"]


class RepositoryError(ServiceError):
    """A repository, branch or file is not as Kargo needs it; the text contains the fix."""


class Repository(SignedIn):
    """A repository, seen by one user; a context manager that closes its connections.

    Args:
        url: HTTPS URL of the repository.
        user: user that signs in.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.
        provider: server of the repository.

    Attributes:
        name: `owner/name`.
        on_github: whether the server is a GitHub.

    Raises:
        ServiceError: if `ca_bundle` cannot be read, or later if the server refuses the login or does not answer.
    """

    def __init__(self, url: str, user: User, ca_bundle: str | None, provider: Provider = "gitea") -> None:
        parts = urlsplit(url)
        # A Gitea may be served below a path.
        *prefix, owner, name = parts.path.strip("/").removesuffix(".git").split("/")
        self.name = f"{owner}/{name}"
        self.on_github = provider == "github" or parts.hostname == "github.com"
        self._server = f"the API of {parts.netloc}"
        api = github_api(url) if self.on_github else "/".join([f"{parts.scheme}://{parts.netloc}", *prefix, "api/v1"])
        super().__init__(api, user.username, user.password, ca_bundle)

    def about(self) -> dict[str, Any] | None:
        """Return the API's object of the repository; None if it does not exist, or the user may not see it.

        `permissions.push` is the user's permission to push, not the token's. Gitea's Git server answers a user without
        it in the same way as a user with it.
        """
        return self._object("")

    def branch(self, name: str) -> dict[str, Any] | None:
        """Return the API's object of a branch; None if the branch does not exist. Gitea adds `user_can_push`.

        Raises:
            RepositoryError: also if the branch was renamed.
        """
        return self._object(f"/branches/{quote(name)}")

    def file(self, path: str, branch: str) -> str | None:
        """Return the text of a file; None if the file or the branch does not exist.

        Raises:
            RepositoryError: also if the path is a folder.
        """
        response = self._found(f"/contents/{quote(path)}", params={"ref": branch})
        if response is None:
            return None
        found = json_object(response)
        if not found and response.content.startswith(b"["):
            raise RepositoryError(f"{path} on branch '{branch}' is a folder; correct imagesFile, or remove the folder")
        if found.get("type") != "file" or found.get("encoding") != "base64":
            # A link to another file, or more than 1 MB (GitHub).
            raise ServiceError(f"{self._server} does not return the content of {path} on branch '{branch}'")
        return base64.b64decode(found.get("content") or "").decode(errors="replace")

    def _object(self, path: str) -> dict[str, Any] | None:
        response = self._found(path)
        if response is None:
            return None
        if not (found := json_object(response)):
            raise foreign(response, self._server, "gitOps.repoURL")
        return found

    def _found(self, path: str, **request: Any) -> httpx.Response | None:
        response = send(self._client, self._server, "GET", f"/repos/{self.name}{path}", **request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            raise foreign(response, self._server, "gitOps.repoURL")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        if response.has_redirect_location:
            raise RepositoryError(
                f"{self._server} redirects {self.name}{path}, as after a rename; write the current names in gitOps"
            )
        if not response.is_success:
            text = reason(response, self._scrub)
            suffix = f": {text}" if text else ""
            raise ServiceError(f"{self._server} answered {response.status_code} for {self.name}{suffix}")
        return response


def github_api(url: str) -> str:
    """Return the API of github.com, of GitHub Enterprise Cloud with data residency, or of GitHub Enterprise Server.

    Args:
        url: any URL of that GitHub.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{parts.scheme}://{parts.netloc}/api/v3"
