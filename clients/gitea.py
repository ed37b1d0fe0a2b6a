"""Client of Gitea's API, whose errors contain the fix."""

from typing import Any

import httpx

from clients.connection import ServiceError, SignedIn, foreign, json_object, reason, send


class GiteaError(ServiceError):
    """Gitea refused or did not answer."""


class ForbiddenError(GiteaError):
    """The user, or the scope of the token, does not have the permission."""


class RedirectedError(GiteaError):
    """Gitea redirects to another URL; the client did not follow."""


class Gitea(SignedIn):
    """A user of a Gitea; a context manager that closes its connections.

    Args:
        url: Gitea's web address.
        username: user that signs in.
        password: password or access token.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.

    Raises:
        ServiceError: if `ca_bundle` cannot be read.
        GiteaError: from each method, if Gitea refuses, does not answer, or another server answers.
    """

    def __init__(self, url: str, username: str, password: str, ca_bundle: str | None) -> None:
        self.url = url
        self.username = username
        super().__init__(f"{url}/api/v1", username, password, ca_bundle)

    def call(self, method: str, path: str, absent_is_fine: bool = False, **request: Any) -> httpx.Response:
        """Send a request to the API.

        Args:
            method: HTTP method.
            path: path below `/api/v1`, such as `/user/hooks`.
            absent_is_fine: return an answer of 404 instead of raising an error.
            **request: arguments of httpx: `params`, `json`, `follow_redirects` (by default false).
        """
        try:
            response = send(self._client, f"Gitea at {self.url}", method, path, **request)
        except ServiceError as error:
            raise GiteaError(str(error)) from None
        if response.is_success and response.content and not _is_json(response):
            raise self._foreign(response)
        if response.is_success or (absent_is_fine and response.status_code == httpx.codes.NOT_FOUND):
            return response
        if response.has_redirect_location:
            raise RedirectedError(
                f"Gitea at {self.url} redirects {path.lstrip('/')} to another URL, as after its owner was renamed; "
                "write the owner's current name in registry.owner (for pull requests, in gitOps.repoURL)"
            )
        kind = ForbiddenError if response.status_code == httpx.codes.FORBIDDEN else GiteaError
        raise kind(self._refusal(response, method, path.lstrip("/")))

    def object(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Send a request, and return the object in the answer."""
        response = self.call(method, path, **request)
        if not (found := json_object(response)):
            raise self._foreign(response)
        return found

    def objects(self, path: str, **request: Any) -> list[dict[str, Any]]:
        """Return the objects of a list."""
        response = self.call("GET", path, **request)
        found = response.json() if response.content else None
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise self._foreign(response)
        return found

    def login(self) -> str:
        """Return the name of the user. Together with a token, Gitea accepts any `username`."""
        try:
            return str(self.object("GET", "/user").get("login", self.username))
        except ForbiddenError:
            # A token with the scope `write:organization` only does not allow this request.
            return self.username

    def _foreign(self, response: httpx.Response) -> GiteaError:
        return GiteaError(str(foreign(response, "Gitea's API", "registry.host")))

    def _refusal(self, response: httpx.Response, method: str, path: str) -> str:
        # Gitea's reason names the missing scope.
        text = reason(response, self._scrub)
        match response.status_code:
            case httpx.codes.UNAUTHORIZED:
                return (
                    f"Gitea at {self.url} refused the sign-in of '{self.username}' (401); run: "
                    "pulumi config set --secret giteaPassword, or gitOpsPassword if this Gitea serves only the GitOps "
                    "repository (until the next up, run refresh and destroy with --run-program)"
                )
            case httpx.codes.FORBIDDEN:
                return (
                    f"'{self.username}' may not manage {path} in Gitea (403: {text}); give the token the scope "
                    "write:user for webhooks of a user, write:organization for webhooks of an organization, or "
                    "write:admin for system webhooks"
                )
            case httpx.codes.NOT_FOUND:
                return f"Gitea at {self.url} has no {path} (404); check registry.owner and webhooks.scope"
            case code:
                return f"Gitea at {self.url} answered {code} to {method} {path}: {text}"


def _is_json(response: httpx.Response) -> bool:
    try:
        response.json()
    except ValueError:
        return False
    return "json" in response.headers.get("content-type", "")
