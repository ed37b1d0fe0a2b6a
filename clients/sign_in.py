"""A login as Kargo uses it: at a container registry, whose tags it may list, and at a Git server.

The login goes to the server that is asked and to no other: redirects are not followed, and a registry's token service
must be the registry's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from clients.connection import (
    TIMEOUT_SECONDS,
    ServiceError,
    explain,
    foreign,
    is_untrusted,
    json_object,
    ssl_context,
    unavailable,
)

_PUSH_SERVICE = "git-receive-pack"


class SignInError(ServiceError):
    """A server refused the login; the text says why and what to change."""


class UnreachableError(ServiceError):
    """The server cannot be asked from this machine, which says nothing about the login."""


@dataclass(frozen=True)
class Login:
    """A username, and a password or token."""

    username: str
    password: str = field(repr=False)


def sign_in_at_registry(repository: str, login: Login, ca_bundle: str | None) -> None:
    """Ask for the tags of an image, as Kargo does; an image that is not there yet is fine.

    Args:
        repository: the image's repository, `host/owner/image`.
        login: who signs in.
        ca_bundle: PEM file to trust beside the system's CAs.

    Raises:
        SignInError: if the registry refuses the login, or it may not pull.
        UnreachableError: if the registry does not answer.
        ServiceError: if `ca_bundle` cannot be read, or the registry's certificate is not trusted.
    """
    next(tags(repository, login, ca_bundle, page=1), None)


def tags(repository: str, login: Login | None, ca_bundle: str | None, page: int = 1000) -> Iterator[str]:
    """Yield the tags of an image, with a token of the registry's (the OCI distribution specification's two steps).

    Args:
        repository: the image's repository, `host/owner/image`; one that is not there has no tags.
        login: who signs in; None for a public image.
        ca_bundle: PEM file to trust beside the system's CAs.
        page: how many tags are asked for at once.

    Raises:
        SignInError: if the registry refuses the login, or it may not pull.
        UnreachableError: if the registry does not answer.
        ServiceError: if `ca_bundle` cannot be read, or the registry's certificate is not trusted.
    """
    host, _, path = repository.partition("/")
    who, registry = f"'{login.username}'" if login else "people without a login", f"the registry {host}"
    with _client(ca_bundle) as client:
        greeting = _get(client, f"https://{host}/v2/", registry)
        token = _token(client, host, path, login, greeting)
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        auth = None if token else _basic(login)
        url: str | None = f"https://{host}/v2/{path}/tags/list?n={page}"
        while url:
            answer = _get(client, url, registry, auth, authorization)
            if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
                raise SignInError(
                    f"{registry} lets {who} not pull {path} ({answer.status_code}); a token needs read:package in "
                    "Gitea, read:packages in GitHub"
                )
            listed = json_object(answer)
            if answer.status_code == httpx.codes.NOT_FOUND and "errors" in listed:
                return
            if not answer.is_success and "errors" in listed:
                raise SignInError(f"{registry} answered {answer.status_code} to a request for the tags of {path}")
            if "tags" not in listed:
                raise _no_registry(answer)
            yield from listed["tags"] or []
            following = answer.links.get("next", {}).get("url")
            url = str(_own(str(answer.url.join(following)), host) or "") if following else None


def sign_in_at_git(repo_url: str, login: Login, ca_bundle: str | None) -> None:
    """Ask a Git server what a push would ask first; nothing is written.

    Args:
        repo_url: the repository.
        login: who signs in.
        ca_bundle: PEM file to trust beside the system's CAs.

    Raises:
        SignInError: if the server refuses the login, it may not push, or there is no such repository.
        UnreachableError: if the server does not answer.
        ServiceError: if `ca_bundle` cannot be read, the server's certificate is not trusted, the server cannot answer
            now, or something else than a Git server answers.
    """
    url = f"{repo_url.rstrip('/')}/info/refs?service={_PUSH_SERVICE}"
    server = f"the Git server {urlsplit(repo_url).netloc}"
    with _client(ca_bundle) as client:
        answer = _get(client, url, server, httpx.BasicAuth(login.username, login.password))
    if not answer.is_success:
        raise SignInError(f"{server} {_refusal(answer, login.username)}")
    # Git's smart protocol (gitprotocol-http).
    if answer.headers.get("Content-Type") != f"application/x-{_PUSH_SERVICE}-advertisement":
        raise foreign(answer, "a Git server", "gitOps.repoUrl")


def _refusal(answer: httpx.Response, username: str) -> str:
    if answer.has_redirect_location:
        return "has the repository at another address, as after a rename; write its present one in gitOps.repoUrl"
    match answer.status_code:
        case httpx.codes.UNAUTHORIZED:
            return f"refused the sign-in of '{username}' (401); correct the password or token"
        case httpx.codes.FORBIDDEN:
            return (
                f"lets '{username}' not push there (403); a token needs write:repository in Gitea, contents: write in "
                "GitHub"
            )
        case httpx.codes.NOT_FOUND:
            return (
                f"has no such repository that '{username}' may see (404); correct gitOps.repoUrl, or give the login "
                "access"
            )
        case code:
            return f"answered {code} to '{username}'"


def _client(ca_bundle: str | None) -> httpx.Client:
    return httpx.Client(verify=ssl_context(ca_bundle), timeout=TIMEOUT_SECONDS)


def _get(
    client: httpx.Client, url: str, server: str, auth: httpx.Auth | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    try:
        answer = client.get(url, auth=auth, headers=headers)
    except httpx.TransportError as error:
        kind = ServiceError if is_untrusted(error) else UnreachableError
        raise kind(explain(error, server)) from None
    if later := unavailable(answer, server):
        raise later
    return answer


def _no_registry(answer: httpx.Response) -> ServiceError:
    return foreign(answer, "a container registry", "registry.host")


def _basic(login: Login | None) -> httpx.BasicAuth | None:
    return httpx.BasicAuth(login.username, login.password) if login else None


def _token(client: httpx.Client, host: str, path: str, login: Login | None, greeting: httpx.Response) -> str | None:
    """Return a token for pulling; None where the registry takes the login itself."""
    # The OCI distribution specification knows these two answers to a request for /v2/.
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
            f"the registry {host} sends logins to another address, where this one did not go; correct Gitea's ROOT_URL"
        )
    asked = {"service": parameters.get("service", ""), "scope": f"repository:{path}:pull"}
    answer = _get(
        client,
        str(realm.copy_merge_params(asked)),
        f"the registry {host}",
        _basic(login),
    )
    granted = json_object(answer)
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.BAD_REQUEST):
        whose = f"the sign-in of '{login.username}'" if login else "a request without a login"
        raise SignInError(f"the registry {host} refused {whose} ({answer.status_code}); correct the password or token")
    token = granted.get("token") or granted.get("access_token")
    if not answer.is_success or not isinstance(token, str):
        raise _no_registry(answer)
    return token


def _own(realm: str, host: str) -> httpx.URL | None:
    """Return the address of a token service; None where it is not at this host."""
    try:
        url, own = httpx.URL(realm), httpx.URL(f"https://{host}/")
    except httpx.InvalidURL:
        return None
    return url if (url.scheme, url.host, url.port) == (own.scheme, own.host, own.port) else None


def _parameter(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return name, value.strip('"')
