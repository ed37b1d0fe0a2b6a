"""Hosts and URLs."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal

_HOST = re.compile(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?(?::([0-9]{1,5}))?")
_LAST_PORT = 65535


def _host_and_port(value: str) -> str:
    if "://" in value:
        raise refusal("has a scheme; write host:port alone, such as gitea.example.com:8443")
    host = _HOST.fullmatch(value)
    if not host or not 1 <= int(host[1] or 1) <= _LAST_PORT:
        raise refusal("not a host; write a lower-case host name and, if not 443, a port: gitea.example.com:8443")
    return value


def _http_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise refusal("not a URL; write https://host[:port]/path") from None
    if parts.username or parts.password:
        raise refusal("carries credentials; write the URL without them and keep them under `login`")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise refusal("not an HTTP(S) URL; write https://host[:port]/path (Kargo 1.13 drops SSH)")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise refusal("plain HTTP; write https:// (HTTP is accepted for this machine's own loopback only)")
    if parts.query or parts.fragment:
        raise refusal("has a query or fragment; write the URL without it")
    return value.rstrip("/")


def _git_url(value: str) -> str:
    url = _http_url(value)
    if not urlsplit(url).path.strip("/"):
        raise refusal("names no repository; write https://host/owner/repository.git")
    return url


HostAndPort = Annotated[
    str,
    AfterValidator(_host_and_port),
    WithJsonSchema({"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?$"}),
]
HttpUrl = Annotated[
    str, AfterValidator(_http_url), WithJsonSchema({"type": "string", "pattern": r"^https?://[^/?#@\s]+(/[^?#\s]*)?$"})
]
GitUrl = Annotated[
    str, AfterValidator(_git_url), WithJsonSchema({"type": "string", "pattern": r"^https?://[^/?#@\s]+/[^?#\s]+$"})
]
