"""Sign-in as Kargo does it: at a container registry, to list tags, and at a Git server.

The login goes to no other server: redirects are not followed, and a registry's token service must be on the same host.

Every function raises a `SignInError` if the server refuses the login or the permission, an `UnreachableError` if it
cannot be reached, and another `ServiceError` if `ca_bundle` cannot be read, the certificate is not trusted, the server
is unavailable, or another kind of server answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from clients.connection import TIMEOUT_SECONDS, ServiceError, foreign, json_object, send, ssl_context

_PUSH_SERVICE = "git-receive-pack"


class SignInError(ServiceError):
    """A server refused the login; the text contains the reason and the fix."""


class UnreachableError(ServiceError):
    """The server cannot be reached from this machine, so it is unknown whether the login works."""


@dataclass(frozen=True)
class User:
    """A user with a password or an access token."""

    username: str
    password: str = field(repr=False)


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
    with _client(ca_bundle) as client:
        token = _token(client, registry, host, path, user)
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        auth = None if token else _basic(user)
        url: str | None = f"https://{host}/v2/{path}/tags/list?n={page}"
        while url:
            answer = _get(client, url, registry, auth, headers=authorization)
            if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
                raise SignInError(
                    f"{registry} does not allow {who} to pull {path} ({answer.status_code}); give a token the scope "
                    "read:package (Gitea) or read:packages (GitHub)"
                )
            listed = json_object(answer)
            if answer.status_code == httpx.codes.NOT_FOUND and "errors" in listed:
                return
            if not answer.is_success and "errors" in listed:
                raise SignInError(f"{registry} answered {answer.status_code} to the request for the tags of {path}")
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
        raise SignInError(f"{server} {_refusal(answer, user.username)}")
    # Git's smart HTTP protocol (gitprotocol-http).
    if answer.headers.get("Content-Type") != f"application/x-{_PUSH_SERVICE}-advertisement":
        raise foreign(answer, "a Git server", "gitOps.repoURL")


def _refusal(answer: httpx.Response, username: str) -> str:
    if answer.has_redirect_location:
        return "redirects to another URL, as after a rename; write the repository's current URL in gitOps.repoURL"
    match answer.status_code:
        case httpx.codes.UNAUTHORIZED:
            return f"refused the sign-in of '{username}' (401); correct the password or token"
        case httpx.codes.FORBIDDEN:
            return (
                f"does not allow '{username}' to push (403); give a token the scope write:repository (Gitea) or the "
                "permission contents: write (GitHub)"
            )
        case httpx.codes.NOT_FOUND:
            return (
                f"has no such repository, or '{username}' may not see it (404); correct gitOps.repoURL, or give the "
                "user access"
            )
        case code:
            return f"answered {code} to '{username}'"


def _client(ca_bundle: str | None) -> httpx.Client:
    return httpx.Client(verify=ssl_context(ca_bundle), timeout=TIMEOUT_SECONDS)


def _get(client: httpx.Client, url: str, server: str, auth: httpx.Auth | None = None, **request: Any) -> httpx.Response:
    return send(client, server, "GET", url, UnreachableError, auth=auth, **request)


def _no_registry(answer: httpx.Response) -> ServiceError:
    return foreign(answer, "a container registry", "registry.host")


def _basic(user: User | None) -> httpx.BasicAuth | None:
    return httpx.BasicAuth(user.username, user.password) if user else None


def _token(client: httpx.Client, registry: str, host: str, path: str, user: User | None) -> str | None:
    """Return a token for pulling; None if the registry accepts the login itself."""
    greeting = _get(client, f"https://{host}/v2/", registry)
    # The OCI distribution specification allows these two answers to a request for /v2/.
    page = greeting.headers.get("Content-Type", "").startswith("text/html")
    if page or greeting.status_code not in (httpx.codes.OK, httpx.codes.UNAUTHORIZED):
        raise _no_registry(greeting)
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
        if user is None:
            raise SignInError(f"{registry} refused an anonymous request ({answer.status_code}); set registry.login")
        raise SignInError(
            f"{registry} refused the sign-in of '{user.username}' ({answer.status_code}); correct the password or token"
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
