"""Client of GitHub's API for webhooks, whose errors contain the fix."""

import re
from collections.abc import Iterable
from typing import Any

import httpx

from clients.connection import ServiceError, SignedIn, foreign, json_object, reason, send
from clients.repository import github_api
from clients.secrecy import Scrubber

_RIGHTS = {
    "orgs": "give a classic token the scope admin:org_hook, or a fine-grained token the organization permission "
    "Webhooks: read and write; its user must be an owner of the organization",
    "repos": "give a classic token the scope admin:repo_hook, or a fine-grained token the repository permission "
    "Webhooks: read and write; its user must be an administrator of the repository",
}
_NAMES = "registry.owner and webhooks.repository (for pull requests, gitOps.repoURL)"
# Sentences of GitHub, and the fix. The first match is used.
_FIXES = {
    "saml (?:sso|enforcement)|single sign-on": "authorize the token for the organization",
    "personal access tokens? .*(?:forbid|not allowed)|forbids access via": "ask an owner of the organization to allow "
    "this kind of token",
    "public internet|not a valid url|url is not valid": "set kargo.webhooksBaseUrl to an address that GitHub reaches",
    "more than [0-9]+ hooks": "delete a webhook that nobody needs",
    "was archived|is archived": "unarchive the repository, or name another one",
}


class GitHubError(ServiceError):
    """GitHub refused or did not answer."""


class RedirectedError(GitHubError):
    """GitHub redirects to another URL; the client did not follow."""


class GitHub(SignedIn):
    """A GitHub, and a token of one of its users; a context manager that closes its connections.

    Args:
        url: GitHub's web address: `https://github.com`, `https://SUBDOMAIN.ghe.com`, or a GitHub Enterprise Server's.
        token: access token.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.
        hidden: other secrets that no error may contain.

    Raises:
        ServiceError: if `ca_bundle` cannot be read.
        GitHubError: from each method, if GitHub refuses, does not answer, or another server answers.
    """

    def __init__(self, url: str, token: str, ca_bundle: str | None, hidden: Iterable[str] = ()) -> None:
        self.url = url
        super().__init__(github_api(url), "", token, ca_bundle)
        self.scrub = Scrubber([token, *hidden])

        def sign(request: httpx.Request) -> httpx.Request:
            request.headers["Authorization"] = f"Bearer {token}"
            return request

        self._client.auth = sign
        self._client.headers["Accept"] = "application/vnd.github+json"

    def call(self, method: str, path: str, absent_is_fine: bool = False, **request: Any) -> httpx.Response:
        """Send a request to the API.

        Args:
            method: HTTP method.
            path: path below the API's address, such as `/orgs/acme/hooks`.
            absent_is_fine: return an answer of 404 instead of raising an error.
            **request: arguments of httpx: `params`, `json`, `follow_redirects` (by default false).
        """
        try:
            response = send(self._client, f"GitHub at {self.url}", method, path, **request)
        except ServiceError as error:
            raise GitHubError(str(error)) from None
        if response.is_success or (absent_is_fine and response.status_code == httpx.codes.NOT_FOUND):
            return response
        if response.has_redirect_location:
            raise RedirectedError(
                f"GitHub at {self.url} redirects {path.lstrip('/')} to another URL, as after a rename; write the "
                f"current names in {_NAMES}"
            )
        raise GitHubError(self._refusal(response, method, path))

    def object(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Send a request, and return the object in the answer."""
        response = self.call(method, path, **request)
        if not (found := json_object(response)):
            raise self._foreign(response)
        return found

    def objects(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        """Return the objects of a list."""
        response = self.call("GET", path, params=query)
        try:
            found = response.json()
        except ValueError:
            found = None
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise self._foreign(response)
        return found

    def _foreign(self, response: httpx.Response) -> GitHubError:
        return GitHubError(str(foreign(response, "GitHub's API", "gitOps.repoURL")))

    def _refusal(self, response: httpx.Response, method: str, path: str) -> str:
        text, where = reason(response, self.scrub), path.strip("/")
        status = response.status_code
        because = f"{status}: {text}" if text else str(status)
        known = next((fix for words, fix in _FIXES.items() if re.search(words, text, re.IGNORECASE)), None)
        rights = _RIGHTS.get(where.partition("/")[0])
        match status:
            case httpx.codes.UNAUTHORIZED:
                return (
                    f"GitHub at {self.url} refused the token ({because}); if it has expired, create another one, and "
                    "run: pulumi config set --secret githubToken (until the next up, run refresh and destroy with "
                    "--run-program)"
                )
            case httpx.codes.FORBIDDEN:
                return f"githubToken may not manage {where} at {self.url} ({because}); {known or rights}"
            case httpx.codes.NOT_FOUND:
                # GitHub hides what a token may not see.
                hidden = f", or githubToken may not see it ({because}); check {_NAMES}, and {rights}"
                return f"GitHub at {self.url} has no {where}" + (hidden if rights else f" ({because}); check {_NAMES}")
            case _:
                line = f"GitHub at {self.url} answered {because} to {method} {where}"
                return f"{line}; {known}" if known else line
