"""Gitea's API: a signed-in client whose errors say what to do."""

from typing import Any

import httpx

from clients.connection import ServiceError, SignedIn, explain, foreign, json_object, reason, unavailable


class GiteaError(ServiceError):
    """Gitea refused, or could not be asked."""


class ForbiddenError(GiteaError):
    """The account, or its token's scope, does not suffice."""


class RedirectedError(GiteaError):
    """Gitea has what was asked for at another address; nothing was sent there."""


class Gitea(SignedIn):
    """One account at one Gitea; a context manager that closes its connections.

    Args:
        url: Gitea's web address.
        username: who signs in.
        password: password or access token.
        ca_bundle: PEM file to trust beside the system's CAs.

    Raises:
        ServiceError: if `ca_bundle` cannot be read.
    """

    def __init__(self, url: str, username: str, password: str, ca_bundle: str | None) -> None:
        self.url = url
        self.username = username
        super().__init__(f"{url}/api/v1", username, password, ca_bundle)

    def call(self, method: str, path: str, absent_is_fine: bool = False, **request: Any) -> httpx.Response:
        """Send a request to the API.

        Args:
            method: HTTP method.
            path: below `/api/v1`, such as `/user/hooks`.
            absent_is_fine: return an answer of 404 instead of raising.
            **request: what httpx takes: `params`, `json`, `follow_redirects` (by default none is followed).

        Raises:
            GiteaError: saying what Gitea refused, and what to change; `RedirectedError` where the owner was renamed.
        """
        try:
            response = self._client.request(method, path, **request)
        except httpx.TransportError as error:
            raise GiteaError(explain(error, f"Gitea at {self.url}")) from None
        if later := unavailable(response, f"Gitea at {self.url}"):
            raise GiteaError(str(later))
        if response.is_success and response.content and not _is_json(response):
            raise self.foreign(response)
        if response.is_success or (absent_is_fine and response.status_code == httpx.codes.NOT_FOUND):
            return response
        if response.has_redirect_location:
            raise RedirectedError(
                f"{path.lstrip('/')} has another address in Gitea at {self.url}, as after its owner was renamed; write "
                "the owner's present name in registry.owner (for pull requests, in gitOps.repoUrl)"
            )
        kind = ForbiddenError if response.status_code == httpx.codes.FORBIDDEN else GiteaError
        raise kind(self._refusal(response, method, path.lstrip("/")))

    def object(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Send a request whose answer is an object, and return it.

        Raises:
            GiteaError: as for `call`, and where the answer is none.
        """
        response = self.call(method, path, **request)
        if not (found := json_object(response)):
            raise self.foreign(response)
        return found

    def objects(self, path: str, **request: Any) -> list[dict[str, Any]]:
        """Return the objects of a list.

        Raises:
            GiteaError: as for `call`, and where the answer is no such list.
        """
        response = self.call("GET", path, **request)
        found = response.json() if response.content else None
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise self.foreign(response)
        return found

    def foreign(self, response: httpx.Response) -> GiteaError:
        """Return that something else than Gitea's API has answered."""
        return GiteaError(str(foreign(response, "Gitea's API", "registry.host")))

    def version(self) -> str:
        """Return Gitea's version."""
        return str(self.object("GET", "/version").get("version", "unknown"))

    def login(self) -> str:
        """Return the name of the account: beside a token, Gitea takes any `username`."""
        try:
            return str(self.object("GET", "/user").get("login", self.username))
        except ForbiddenError:
            # A token that may only manage an organisation's hooks may not ask.
            return self.username

    def _refusal(self, response: httpx.Response, method: str, path: str) -> str:
        # Gitea's text names the missing scope.
        said = reason(response, self._scrub)
        match response.status_code:
            case httpx.codes.UNAUTHORIZED:
                return (
                    f"Gitea at {self.url} refused the sign-in of '{self.username}' (401); set it again: "
                    "pulumi config set --secret kargo-backstage:giteaPassword, or gitOpsPassword for a Gitea of the "
                    "GitOps repository alone (until the next up, refresh and destroy know it only with --run-program)"
                )
            case httpx.codes.FORBIDDEN:
                return (
                    f"'{self.username}' may not manage {path} in Gitea (403: {said}); a token needs the scope "
                    "write:user for a user's hooks, write:organization for an organisation's, write:admin for the "
                    "system's"
                )
            case httpx.codes.NOT_FOUND:
                return f"Gitea at {self.url} has no {path} (404); check registry.owner and webhooks.scope"
            case code:
                return f"Gitea at {self.url} answered {code} to {method} {path}: {said}"


def _is_json(response: httpx.Response) -> bool:
    try:
        response.json()
    except ValueError:
        return False
    return "json" in response.headers.get("content-type", "")
