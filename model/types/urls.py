"""URLs that Kargo, Gitea and Git read in the same way: without credentials, escapes or parts to normalize."""

import re
from ipaddress import IPv6Address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.types.hosts import is_host, is_port
from model.types.plain import one_line

_HTTP = ("https://", "http://")
_URL = re.compile(r"(https?)://(\[[^]/]*\]|[^][/:]*)(?::([^/]*))?((?:/[A-Za-z0-9._~-]+)*)/?")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
OWNER_AND_REPOSITORY = 2


def _http_url(value: str) -> str:
    return _address(value, plain=False)


def _address(value: str, plain: bool) -> str:
    one_line(value)
    if not value.startswith(_HTTP):
        raise refusal("not an HTTP(S) URL; write https://host[:port]/path (Kargo 1.13 drops SSH)")
    if "@" in value.split("/")[2]:
        raise refusal("contains credentials; remove them, and set `login`")
    if "?" in value or "#" in value:
        raise refusal("contains a query or fragment; remove it")
    parts = _URL.fullmatch(value)
    if not parts or not _is_host(parts[2].lower()) or not is_port(parts[3] if parts[3] is not None else "443"):
        raise refusal("not a URL; write https://host[:port]/path, with letters, digits and . _ ~ - in the path")
    scheme, host, port, path = parts[1], parts[2].lower(), parts[3], parts[4]
    if {".", ".."} & set(path.split("/")):
        raise refusal("contains . or .. in its path; write the resolved path")
    if scheme == "http" and not plain and host not in _LOOPBACK:
        raise refusal("plain HTTP; write https:// (HTTP is allowed for a loopback address only)")
    return f"{scheme}://{host}{f':{port}' if port else ''}{path}"


def _is_host(value: str) -> bool:
    if not value.startswith("["):
        return is_host(value)
    try:
        return "%" not in value and bool(IPv6Address(value[1:-1]))
    except ValueError:
        return False


def place(url: str) -> tuple[str, int]:
    """Return host and port of an accepted URL, to compare servers."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def path_parts(url: str) -> list[str]:
    """Return the parts of an accepted URL's path."""
    return [part for part in url.split("/")[3:] if part]


def _check_url(value: str) -> str:
    """Allow plain HTTP: Kargo's controller sends such a request in its own cluster, without a password."""
    return _address(value, plain=True)


def _git_url(value: str) -> str:
    url = _http_url(value)
    parts = path_parts(url)
    if len(parts) < OWNER_AND_REPOSITORY or parts[-1] == ".git":
        raise refusal("not the URL of a repository; write https://host/owner/repository.git")
    return url


_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^https?://[^/?#@\s]+(/[^?#\s]*)?$"})
HttpUrl = Annotated[str, AfterValidator(_http_url), _SCHEMA]
CheckUrl = Annotated[str, AfterValidator(_check_url), _SCHEMA]
GitUrl = Annotated[
    str,
    AfterValidator(_git_url),
    WithJsonSchema({"type": "string", "pattern": r"^https?://[^/?#@\s]+/[^/?#\s]+/[^?#\s]+$"}),
]
