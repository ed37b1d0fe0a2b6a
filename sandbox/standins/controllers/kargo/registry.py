"""What is read from a container registry, with the token that it asks for."""

import re
import ssl
from collections.abc import Generator

import httpx

from sandbox.standins.controllers.kargo.credentials import Login

_MANIFESTS = ", ".join(
    f"application/vnd.{name}+json"
    for name in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.list.v2",
        "docker.distribution.manifest.v2",
    )
)


class RegistryError(Exception):
    """The registry does not answer, or not with what was asked for."""


class _Token(httpx.Auth):
    """Gets the token that a registry's challenge names; without a login the anonymous one."""

    requires_response_body = True

    def __init__(self, login: Login | None) -> None:
        self._basic = httpx.BasicAuth(login.username, login.password) if login and login.password else None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        response = yield request
        challenge = response.headers.get("WWW-Authenticate", "")
        if response.status_code != 401 or not challenge.startswith("Bearer "):
            return
        # Behind the first challenge there may be another, with a realm of its own.
        fields = dict(reversed(re.findall(r'(\w+)="([^"]*)"', challenge)))
        asked = httpx.Request("GET", fields.pop("realm"), params=fields)
        token = yield next(self._basic.auth_flow(asked)) if self._basic else asked
        if token.is_success:
            request.headers["Authorization"] = f"Bearer {token.json()['token']}"
            yield request


class Repository:
    """One image's repository.

    Args:
        name: `host/path`.
        login: the login; None means anonymous.
        trust: what certificates are checked against; False checks none.
    """

    def __init__(self, name: str, login: Login | None, trust: ssl.SSLContext | bool) -> None:
        host, _, self._path = name.partition("/")
        self._client = httpx.Client(base_url=f"https://{host}", auth=_Token(login), verify=trust, timeout=10)

    def tags(self) -> list[str]:
        """Return every tag.

        Raises:
            RegistryError: if they cannot be read.
        """
        tags: list[str] = []
        page = f"/v2/{self._path}/tags/list"
        while page:
            response = self._request("GET", page)
            found = response.json().get("tags") or []
            tags += found
            # Gitea 1.26 names a next page behind the last one.
            page = response.links.get("next", {}).get("url", "") if found else ""
        return tags

    def digest(self, tag: str) -> str:
        """Return the digest of what a tag names, be it an image or an index of several.

        Raises:
            RegistryError: if it cannot be read.
        """
        return str(self._request("HEAD", f"/v2/{self._path}/manifests/{tag}").headers["Docker-Content-Digest"])

    def _request(self, method: str, path: str) -> httpx.Response:
        try:
            response = self._client.request(method, path, headers={"Accept": _MANIFESTS})
        except httpx.HTTPError as error:
            raise RegistryError(f"{method} {self._client.base_url.join(path)}: {error}") from None
        if response.is_error:
            what = f"{response.status_code} {response.reason_phrase}"
            raise RegistryError(f"{method} {response.url.copy_with(query=None)}: unexpected status code {what}")
        return response
