"""Host names, and hosts of a container registry."""

import re
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.types.names import LABEL

_NAME = rf"{LABEL}(?:\.{LABEL})*"
_LONGEST = 253
_HOST = re.compile(_NAME)
_HOST_AND_PORT = re.compile(rf"({_NAME})(?::([0-9]+))?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LAST_PORT = 65535
# Kargo treats them all as Docker Hub, and removes them from the address of an image.
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


def is_host(value: str) -> bool:
    """Return whether `value` is a lower-case DNS name or an IPv4 address."""
    if len(value) > _LONGEST or not _HOST.fullmatch(value):
        return False
    # A top-level domain is never a number (RFC 3696), so this must be an IPv4 address.
    return not value.rpartition(".")[2].isdigit() or _is_ipv4(value)


def _is_ipv4(value: str) -> bool:
    try:
        IPv4Address(value)
    except AddressValueError:
        return False
    return True


def is_port(value: str) -> bool:
    """Return whether `value` is a port number without leading zeros."""
    return _PORT.fullmatch(value) is not None and int(value) <= _LAST_PORT


def _host_and_port(value: str) -> str:
    if value.startswith("http://"):
        raise refusal("plain HTTP; write host:port of the HTTPS address, which Kargo requires for a registry")
    if "://" in value:
        raise refusal("contains a scheme; write host:port only, such as gitea.example.com:8443")
    if "/" in value:
        raise refusal(
            "contains a path; write host:port only, since the container registry is at the root of the host, and "
            "Gitea's own address in rootUrl"
        )
    parts = _HOST_AND_PORT.fullmatch(value)
    if not parts or not is_host(parts[1]) or not is_port(parts[2] or "443"):
        raise refusal(
            "not a host; write a lower-case host name and a port other than 443, such as gitea.example.com:8443"
        )
    if "." not in parts[1] and not parts[2]:
        raise refusal(
            "without a dot or port, which Kargo treats as a path on Docker Hub; write host.domain or host:port"
        )
    if "--" in parts[1]:
        raise refusal("contains '--', which Kargo does not allow in an image; write another host name")
    if parts[1] in _DOCKER_HUB:
        raise refusal("Docker Hub is not a Gitea; write the host of your Gitea, such as gitea.example.com:8443")
    return value


HostAndPort = Annotated[
    str,
    AfterValidator(_host_and_port),
    WithJsonSchema({"type": "string", "pattern": r"^(?=.*[.:])[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[1-9][0-9]{0,4})?$"}),
]
