"""URLs that Kargo, Gitea and Git read in the same way: without credentials or parts to normalize."""

import re
from ipaddress import IPv6Address, ip_address
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from model.problem import refusal
from model.types.hosts import is_host, is_port
from model.types.plain import one_line

_HTTP = ("https://", "http://")
_URL = re.compile(r"(https?)://(\[[^]/?#]*\]|[^][/:?#]*)(?::([^/?#]*))?([/?#].*)?")
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")
# Path and query of RFC 3986.
_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_PATH_AND_QUERY = re.compile(rf"(?:/{_CHARACTER}*)*(?:\?(?:{_CHARACTER}|[/?])*)?")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
OWNER_AND_REPOSITORY = 2


class _Parts(NamedTuple):
    """The parts of a URL: `address` is scheme, host and port, and `rest` what follows."""

    scheme: str
    host: str
    address: str
    rest: str


def _split(value: str) -> _Parts:
    one_line(value)
    if not value.startswith(_HTTP):
        raise refusal("not an HTTP(S) URL; write https://host[:port]/path (Kargo 1.13 drops SSH)")
    if "@" in re.split("[/?#]", value)[2]:
        raise refusal("contains credentials; remove them, and write the login of a repository in `login`")
    parts = _URL.fullmatch(value)
    if not parts or not _is_host(parts[2].lower()) or not is_port(parts[3] if parts[3] is not None else "443"):
        raise _not_a_url()
    scheme, host, port, rest = parts[1], parts[2].lower(), parts[3], parts[4] or ""
    if {".", ".."} & set(re.split("[?#]", rest)[0].split("/")):
        raise refusal("contains . or .. in its path; write the resolved path")
    return _Parts(scheme, host, f"{scheme}://{host}{f':{port}' if port else ''}", rest)


def _not_a_url() -> PydanticCustomError:
    return refusal("not a URL; write https://host[:port]/path, with letters, digits and . _ ~ - in the path")


def _http_url(value: str) -> str:
    parts = _split(value)
    if "?" in parts.rest or "#" in parts.rest:
        raise refusal("contains a query or fragment; remove it")
    if not _PLAIN_PATH.fullmatch(parts.rest):
        raise _not_a_url()
    if parts.scheme == "http" and parts.host not in _LOOPBACK:
        raise refusal("plain HTTP; write https:// (HTTP is allowed for a loopback address only)")
    return f"{parts.address}{parts.rest.removesuffix('/')}"


def _is_host(value: str) -> bool:
    if not value.startswith("["):
        return is_host(value)
    try:
        return "%" not in value and bool(IPv6Address(value[1:-1]))
    except ValueError:
        return False


def is_plain_http(url: str) -> bool:
    """Return whether an accepted URL sends a secret in plain text to another machine."""
    return url.startswith("http://") and _split(url).host not in _LOOPBACK


def place(url: str) -> tuple[str, int]:
    """Return host and port of an accepted URL, to compare servers."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def path_parts(url: str) -> list[str]:
    """Return the parts of an accepted URL's path."""
    return [part for part in url.split("/")[3:] if part]


def _check_url(value: str) -> str:
    """Return the URL with its path and query as they are.

    Plain HTTP is allowed: Kargo's controller sends such a request in its own cluster, without a password. Its HTTP
    client connects to no link-local address (Kargo 1.11, safe_dialer.go).
    """
    parts = _split(value)
    if "#" in parts.rest:
        raise refusal("contains a fragment, which no server receives; remove it")
    if not _PATH_AND_QUERY.fullmatch(parts.rest):
        raise refusal("contains a character that no URL contains; percent-encode it, such as %20 for a space")
    if _is_link_local(parts.host):
        raise refusal("a link-local address, to which Kargo never connects; write another host")
    return f"{parts.address}{parts.rest}"


def _is_link_local(host: str) -> bool:
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_link_local


def _git_url(value: str) -> str:
    url = _http_url(value)
    parts = path_parts(url)
    if len(parts) < OWNER_AND_REPOSITORY or parts[-1] == ".git":
        raise refusal("not the URL of a repository; write https://host/owner/repository.git")
    return url


_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^https?://[^/?#@\s]+(/[^?#\s]*)?$"})
HttpUrl = Annotated[str, AfterValidator(_http_url), _SCHEMA]
CheckUrl = Annotated[
    str,
    AfterValidator(_check_url),
    WithJsonSchema({"type": "string", "pattern": r"^https?://[^/?#@\s]+([/?][^#\s]*)?$"}),
]
GitUrl = Annotated[
    str,
    AfterValidator(_git_url),
    WithJsonSchema({"type": "string", "pattern": r"^https?://[^/?#@\s]+/[^/?#\s]+/[^?#\s]+$"}),
]
