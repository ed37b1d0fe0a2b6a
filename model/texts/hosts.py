"""Hosts: the rule of DNS, and which of them a container registry may have."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.texts.names import LABEL

_NAME = rf"{LABEL}(?:\.{LABEL})*"
_LONGEST = 253
_HOST = re.compile(_NAME)
_HOST_AND_PORT = re.compile(rf"({_NAME})(?::([0-9]+))?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LAST_PORT = 65535
# Kargo takes them all for Docker Hub and drops them from an image's address.
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


def is_host(value: str) -> bool:
    """Return whether `value` is a lower-case host name of DNS, or an IPv4 address."""
    return len(value) <= _LONGEST and _HOST.fullmatch(value) is not None


def is_port(value: str) -> bool:
    """Return whether `value` is a port, as it is written in an address."""
    return _PORT.fullmatch(value) is not None and int(value) <= _LAST_PORT


def _host_and_port(value: str) -> str:
    if value.startswith("http://"):
        raise refusal("plain HTTP; write host:port of its HTTPS address, which Gitea and Kargo need for a registry")
    if "://" in value:
        raise refusal("has a scheme; write host:port alone, such as gitea.example.com:8443")
    if "/" in value:
        raise refusal(
            "has a path; write host:port alone: a container registry is at its host's root, "
            "so a Gitea below a path needs a host of its own"
        )
    parts = _HOST_AND_PORT.fullmatch(value)
    if not parts or len(parts[1]) > _LONGEST or not is_port(parts[2] or "443"):
        raise refusal("not a host; write a lower-case host name and, if not 443, a port: gitea.example.com:8443")
    if "." not in parts[1] and not parts[2]:
        raise refusal("without dot or port Kargo takes it for a path at Docker Hub; write host.domain or host:port")
    if "--" in parts[1]:
        raise refusal("has '--' (as punycode has), which Kargo takes in no image; write a host name without")
    if parts[1] in _DOCKER_HUB:
        raise refusal("Docker Hub, no Gitea; write the host of your Gitea, such as gitea.example.com:8443")
    return value


HostAndPort = Annotated[
    str,
    AfterValidator(_host_and_port),
    WithJsonSchema({"type": "string", "pattern": r"^(?=.*[.:])[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[1-9][0-9]{0,4})?$"}),
]
