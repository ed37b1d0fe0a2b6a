"""Gitea's webhook API: what `GiteaWebhook` needs of it, with errors that say what to do.

Runs in the dynamic provider's process, never in the program's. No message carries a webhook URL or a credential.
"""

import ipaddress
import socket
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import httpx

Scope = Literal["owner", "user", "organization", "system"]

_PAGE = 50
_TIMEOUT_SECONDS = 20.0


class GiteaError(Exception):
    """Gitea refused, or could not be asked; the text says why and what to change."""


@dataclass(frozen=True)
class Hook:
    """A webhook as Gitea keeps it.

    Args:
        url: where it delivers.
        events: Gitea's event names, sorted.
        active: whether it fires.
        settled: whether the rest (type, content type, branch filter, authorization header) is as this program sets it.
        path: its address below `/api/v1`, such as `/user/hooks/3`.
    """

    url: str
    events: list[str]
    active: bool
    settled: bool
    path: str


def ssl_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return a verifying context: the system's CAs and those of `ca_bundle`.

    Raises:
        GiteaError: if the bundle cannot be read.
    """
    context = ssl.create_default_context()
    if ca_bundle:
        try:
            context.load_verify_locations(ca_bundle)
        except (OSError, ssl.SSLError):
            raise GiteaError(f"caBundle: '{ca_bundle}' is not a readable PEM file; name one that is") from None
    return context


def explain_connection(error: httpx.TransportError, what: str) -> str:
    """Return what to do about a failed connection to `what`; never the request's URL."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return f"{what} has a certificate that this machine does not trust; set caBundle to a PEM file with its CA"
    if isinstance(error, httpx.TimeoutException):
        return f"{what} did not answer within {_TIMEOUT_SECONDS:.0f} s"
    return f"{what} cannot be reached from this machine ({type(error).__name__})"


def refused_by_default(url: str) -> str | None:
    """Return the value that Gitea's `[webhook] ALLOWED_HOST_LIST` needs for `url`, or None where its default will do.

    The default, `external`, refuses loopback and private addresses when it delivers (Gitea 1.26). Creating the hook
    succeeds all the same, and the API never tells what became of a delivery; so this is said beforehand.
    """
    host = urlsplit(url).hostname or ""
    try:
        addresses = {ipaddress.ip_address(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except (OSError, ValueError):
        return None
    if any(address.is_loopback for address in addresses):
        return "loopback"
    return host if any(address.is_private or address.is_link_local for address in addresses) else None


class GiteaHooks:
    """The webhooks of one owner, or of the whole system.

    Args:
        url: Gitea's web address.
        username: who signs in.
        password: password or access token.
        ca_bundle: PEM file to trust beside the system's CAs.
    """

    def __init__(self, url: str, username: str, password: str, ca_bundle: str | None) -> None:
        self._url = url
        self._username = username
        self._client = httpx.Client(
            base_url=f"{url}/api/v1",
            auth=(username, password),
            verify=ssl_context(ca_bundle),
            timeout=_TIMEOUT_SECONDS,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def collection(self, scope: Scope, owner: str) -> str:
        """Return the API path of the hooks that see `owner`'s packages.

        Raises:
            GiteaError: if `owner` is another user, whose hooks only that user can manage.
        """
        if scope == "system":
            return "/admin/hooks"
        if scope == "user":
            return "/user/hooks"
        organization = f"/orgs/{owner}"
        if scope == "organization" or self._exists(organization):
            return f"{organization}/hooks"
        if owner.lower() != self._username.lower():
            raise GiteaError(
                f"'{self._username}' cannot manage webhooks of user '{owner}' in Gitea; set credentials.username to "
                f"'{owner}', or webhooks.scope to system with an administrator's credentials"
            )
        return "/user/hooks"

    def all(self, collection: str) -> list[Hook]:
        """Return all hooks of a collection; of `/admin/hooks` the system hooks, not the default ones."""
        found: list[Hook] = []
        for page in range(1, 1000):
            query: dict[str, str | int] = {"page": page, "limit": _PAGE}
            if collection == "/admin/hooks":
                query["type"] = "system"
            items = self._call("GET", collection, params=query).json()
            found += [_hook(collection, item) for item in items]
            if len(items) < _PAGE:
                break
        return found

    def get(self, path: str) -> Hook | None:
        """Return the hook at `path`, or None if it is gone."""
        response = self._call("GET", path, absent_is_fine=True)
        collection = path.rpartition("/")[0]
        return None if response.status_code == httpx.codes.NOT_FOUND else _hook(collection, response.json())

    def create(self, collection: str, url: str, events: list[str], secret: str | None) -> Hook:
        """Create a hook.

        Raises:
            GiteaError: if Gitea keeps other events than were asked for, as one that is too old does.
        """
        return self._write("POST", collection, collection, url, events, secret)

    def update(self, path: str, url: str, events: list[str]) -> Hook:
        """Write the whole hook again; a PATCH without `events` would reset them to `push` (Gitea 1.26)."""
        return self._write("PATCH", path, path.rpartition("/")[0], url, events, None)

    def delete(self, path: str) -> None:
        """Delete the hook; one that is gone already is fine."""
        self._call("DELETE", path, absent_is_fine=True)

    def _write(self, method: str, path: str, collection: str, url: str, events: list[str], secret: str | None) -> Hook:
        config = {"url": url, "content_type": "json"}
        if secret:
            config["secret"] = secret
        if collection == "/admin/hooks":
            # Without this Gitea makes a default hook, which only seeds new repositories and never fires.
            config["is_system_webhook"] = "true"
        body = {
            "type": "gitea",
            "active": True,
            "branch_filter": "*",
            "authorization_header": "",
            "events": events,
            "config": config,
        }
        hook = _hook(collection, self._call(method, path, json=body).json())
        missing = sorted({_stored_name(event) for event in events} - set(hook.events))
        if missing:
            self.delete(hook.path)
            version = self._call("GET", "/version").json().get("version", "unknown")
            raise GiteaError(f"Gitea {version} has no webhook event {', '.join(missing)}; use Gitea 1.17 or newer")
        return hook

    def _exists(self, path: str) -> bool:
        return self._call("GET", path, absent_is_fine=True).status_code != httpx.codes.NOT_FOUND

    def _call(self, method: str, path: str, absent_is_fine: bool = False, **request: Any) -> httpx.Response:
        try:
            response = self._client.request(method, path, **request)
        except httpx.TransportError as error:
            raise GiteaError(explain_connection(error, f"Gitea at {self._url}")) from None
        code = response.status_code
        if response.is_success or (absent_is_fine and code == httpx.codes.NOT_FOUND):
            return response
        # Gitea's text names the missing scope; it never repeats a credential or a hook's URL.
        said = response.json().get("message", "") if "json" in response.headers.get("content-type", "") else ""
        if code == httpx.codes.UNAUTHORIZED:
            raise GiteaError(
                f"Gitea at {self._url} refused the sign-in of '{self._username}' (401); set it again: "
                "pulumi config set --secret kargo-backstage:giteaPassword"
            )
        if code == httpx.codes.FORBIDDEN:
            raise GiteaError(
                f"'{self._username}' may not manage {path.lstrip('/')} in Gitea (403: {said}); a token needs the scope "
                "write:user for a user's hooks, write:organization for an organisation's, write:admin for the system's"
            )
        if code == httpx.codes.NOT_FOUND:
            raise GiteaError(
                f"Gitea at {self._url} has no {path.lstrip('/')} (404); check registry.owner and webhooks.scope"
            )
        raise GiteaError(f"Gitea at {self._url} answered {code} to {method} {path.lstrip('/')}: {said}")


def _stored_name(event: str) -> str:
    """`pull_request_only` asks for the plain event, which Gitea stores and lists as `pull_request`."""
    return event.removesuffix("_only")


def _hook(collection: str, item: dict[str, Any]) -> Hook:
    return Hook(
        url=item["config"].get("url", ""),
        events=sorted(item.get("events") or []),
        active=bool(item.get("active")),
        settled=(
            item.get("type") == "gitea"
            and item["config"].get("content_type") == "json"
            and item.get("branch_filter") in ("", "*", None)
            and not item.get("authorization_header")
        ),
        path=f"{collection}/{item['id']}",
    )
