"""Sign-in as Kargo does it: at a container registry, to list tags, and at a Git server.

The login goes to no other server: redirects are not followed, and a registry's token service must be on the same host.

Every function raises a `SignInError` if the server refuses the login or the permission, an `UnreachableError` if it
cannot be reached, and another `ServiceError` if `ca_bundle` cannot be read, the certificate is not trusted, the server
is unavailable, or another kind of server answers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from clients.connection import TIMEOUT_SECONDS, ServiceError, foreign, json_object, reason, send, ssl_context
from clients.secrecy import Scrubber

_PUSH_SERVICE = "git-receive-pack"
_LONGEST_REASON = 200
# Sentences of Git servers (Gitea 1.26, GitHub), and the fix. The first match is used.
_FIXES = {
    "two-factor|password authentication": "use an access token as the password",
    "push to create": "the repository does not exist; create it, or correct gitOps.repoURL",
    r"\b(?:is|was) archived\b|has been archived": "unarchive the repository, or set another gitOps.repoURL",
    r"\bmirror repository\b|is a mirror": "set gitOps.repoURL to a repository that accepts pushes",
    "account is|cannot be accessed|suspended": "ask an administrator about the account",
    "saml (?:sso|enforcement)|single sign-on": "authorize the token for the organization",
}


class SignInError(ServiceError):
    """A server refused the login; the text contains the reason and the fix."""


class UnreachableError(ServiceError):
    """The server cannot be reached from this machine, so it is unknown whether the login works."""


class NotARegistryError(ServiceError):
    """Another server than a container registry answers at the address."""


@dataclass(frozen=True)
class User:
    """A user with a password or an access token."""

    username: str
    password: str = field(repr=False)

    @property
    def correction(self) -> str:
        """How to correct a login that a server refuses."""
        if self.password.lstrip().startswith("{"):
            return (
                "the value looks like a JSON object: set property in the source of the password, or write only the "
                "password to the source"
            )
        return "correct the password or token"


def require_registry(host: str, ca_bundle: str | None) -> None:
    """Require that a container registry answers, without a login.

    Args:
        host: host and port of the registry.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.
    """
    with _client(ca_bundle) as client:
        _greeting(client, f"the registry {host}", host)


def sign_in_at_registry(repository: str, user: User, ca_bundle: str | None) -> None:
    """List the tags of an image, as Kargo does. An image that does not exist yet is no error.

    Args:
        repository: repository of the image, `host/owner/image`.
        user: user that signs in.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.
    """
    next(tags(repository, user, ca_bundle, page=1), None)


def tags(repository: str, user: User | None, ca_bundle: str | None, page: int = 1000) -> Iterator[str]:
    """Yield the tags of an image, with a token of the registry (two steps of the OCI distribution specification).

    Args:
        repository: repository of the image, `host/owner/image`; one that does not exist has no tags.
        user: user that signs in; None for a public image.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.
        page: number of tags in one request.
    """
    host, _, path = repository.partition("/")
    who, registry = f"'{user.username}'" if user else "anonymous users", f"the registry {host}"
    scrub = scrubber_of(user)
    with _client(ca_bundle) as client:
        token = token_for(client, registry, host, path, user)
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        auth = None if token else _basic(user)
        url: str | None = f"https://{host}/v2/{path}/tags/list?n={page}"
        while url:
            answer = _get(client, url, registry, auth, headers=authorization)
            if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
                raise SignInError(
                    f"{registry} does not allow {who} to pull {path} ({_said(answer, scrub)}); give a token the scope "
                    "read:package (Gitea) or read:packages (GitHub)"
                )
            listed = json_object(answer)
            if answer.status_code == httpx.codes.NOT_FOUND and "errors" in listed:
                return
            if not answer.is_success and "errors" in listed:
                said = _said(answer, scrub)
                raise SignInError(f"{registry} answered {said} to the request for the tags of {path}")
            if "tags" not in listed:
                raise _no_registry(answer)
            yield from listed["tags"] or []
            following = answer.links.get("next", {}).get("url")
            url = str(_own(str(answer.url.join(following)), host) or "") if following else None


def sign_in_at_git(repo_url: str, user: User, ca_bundle: str | None) -> None:
    """Send a Git server the first request of a push; it writes nothing.

    Args:
        repo_url: URL of the repository.
        user: user that signs in.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.
    """
    url = f"{repo_url.rstrip('/')}/info/refs?service={_PUSH_SERVICE}"
    server = f"the Git server {urlsplit(repo_url).netloc}"
    with _client(ca_bundle) as client:
        answer = _get(client, url, server, _basic(user))
    if not answer.is_success:
        raise SignInError(f"{server} {_refusal(answer, user)}")
    # Git's smart HTTP protocol (gitprotocol-http).
    if answer.headers.get("Content-Type") != f"application/x-{_PUSH_SERVICE}-advertisement":
        raise foreign(answer, "a Git server", "gitOps.repoURL")


def _refusal(answer: httpx.Response, user: User) -> str:
    if answer.has_redirect_location:
        return "redirects to another URL, as after a rename; write the repository's current URL in gitOps.repoURL"
    said = _said(answer, scrubber_of(user))
    match answer.status_code:
        case httpx.codes.UNAUTHORIZED:
            return f"refused the sign-in of '{user.username}' ({said}); {_fix(said) or user.correction}"
        case httpx.codes.FORBIDDEN:
            usual = (
                "give the user write access, and its token the scope write:repository (Gitea) or the permission "
                "contents: write (GitHub)"
            )
            return f"does not allow '{user.username}' to push ({said}); {_fix(said) or usual}"
        case httpx.codes.NOT_FOUND:
            return (
                f"has no such repository, or '{user.username}' may not see it ({said}); correct gitOps.repoURL, or "
                "give the user access"
            )
        case _:
            return f"answered {said} to '{user.username}'"


def _said(answer: httpx.Response, scrub: Scrubber) -> str:
    """Return the status of a refusal, and the server's own sentence if it says more than the status."""
    text = reason(answer, scrub)
    if not text and answer.headers.get("Content-Type", "").startswith("text/plain"):
        text = scrub(" ".join(answer.text.split()))[:_LONGEST_REASON]
    known = (answer.reason_phrase.lower(), "")
    return str(answer.status_code) if text.lower().rstrip(".") in known else f"{answer.status_code}: {text}"


def _fix(said: str) -> str | None:
    return next((fix for words, fix in _FIXES.items() if re.search(words, said, re.IGNORECASE)), None)


def scrubber_of(user: User | None) -> Scrubber:
    """Return a scrubber of a login's password; None is no login."""
    return Scrubber([user.password, f"{user.username}:{user.password}"] if user else [])


def _client(ca_bundle: str | None) -> httpx.Client:
    return httpx.Client(verify=ssl_context(ca_bundle), timeout=TIMEOUT_SECONDS)


def _get(client: httpx.Client, url: str, server: str, auth: httpx.Auth | None = None, **request: Any) -> httpx.Response:
    return send(client, server, "GET", url, UnreachableError, auth=auth, **request)


def _no_registry(answer: httpx.Response) -> ServiceError:
    return NotARegistryError(str(foreign(answer, "a container registry", "registry.host or publishTo.host")))


def _basic(user: User | None) -> httpx.BasicAuth | None:
    return httpx.BasicAuth(user.username, user.password) if user else None


def _greeting(client: httpx.Client, registry: str, host: str) -> httpx.Response:
    """Return a registry's answer to the first request of the OCI distribution specification."""
    greeting = _get(client, f"https://{host}/v2/", registry)
    # The specification allows these two answers. The second one names how to sign in.
    match greeting.status_code:
        case httpx.codes.OK:
            # Registries answer `{}`, `true` or nothing.
            expected = greeting.text.strip() in ("{}", "true", "")
        case httpx.codes.UNAUTHORIZED:
            scheme = greeting.headers.get("WWW-Authenticate", "").partition(" ")[0]
            expected = scheme.lower() in ("basic", "bearer")
        case _:
            expected = False
    if not expected or greeting.headers.get("Content-Type", "").startswith("text/html"):
        raise _no_registry(greeting)
    return greeting


def token_for(client: httpx.Client, registry: str, host: str, path: str, user: User | None) -> str | None:
    """Return a token for pulling; None if the registry accepts the login itself."""
    greeting = _greeting(client, registry, host)
    scheme, _, rest = greeting.headers.get("WWW-Authenticate", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    parameters = httpx.Headers([_parameter(part) for part in rest.split(",") if "=" in part])
    realm = _own(parameters.get("realm", ""), host)
    if realm is None:
        raise SignInError(
            f"{registry} names a token service on another host, which gets no login; correct Gitea's ROOT_URL"
        )
    asked = {"service": parameters.get("service", ""), "scope": f"repository:{path}:pull"}
    answer = _get(client, str(realm.copy_merge_params(asked)), registry, _basic(user))
    granted = json_object(answer)
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.BAD_REQUEST):
        said = _said(answer, scrubber_of(user))
        if user is None:
            raise SignInError(f"{registry} refused an anonymous request ({said}); set registry.login")
        raise SignInError(
            f"{registry} refused the sign-in of '{user.username}' ({said}); {_fix(said) or user.correction}"
        )
    token = granted.get("token") or granted.get("access_token")
    if not answer.is_success or not isinstance(token, str):
        raise _no_registry(answer)
    return token


def _own(realm: str, host: str) -> httpx.URL | None:
    """Return the URL of a token service; None if it is not on this host."""
    try:
        url, own = httpx.URL(realm), httpx.URL(f"https://{host}/")
    except httpx.InvalidURL:
        return None
    return url if (url.scheme, url.host, url.port) == (own.scheme, own.host, own.port) else None


def _parameter(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return name, value.strip('"')
