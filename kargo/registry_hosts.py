"""Registry hosts that Kargo's registry library takes for plain HTTP.

Since 0.21.6 (Kargo 1.12), go-containerregistry refuses a tag list of such a host whose next page has an `https` URL.
Gitea sends a next page with every list (1.25, 1.26), so Kargo discovers nothing.
"""

import ipaddress
import re

from model.registry import GiteaRegistry, Registry

# pkg/name/registry.go of go-containerregistry 0.21.
_LOCAL = re.compile(r"^localhost:|\.local(host)?(:\d{1,5})?$|127\.0\.0\.1|::1")
_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
# Kargo's first line with such a library.
REFUSED_SINCE = (1, 12)
# What to do about such a host.
FIX = (
    "set registry.host to a name of Gitea that does not end with .local or .localhost, or to an address that is "
    "neither private nor 127.0.0.1, and set the same in Gitea's ROOT_URL"
)


def refused_host(registry: Registry) -> str | None:
    """Return the host of a Gitea of which Kargo discovers no images from that line on; None for other registries."""
    return registry.host if isinstance(registry, GiteaRegistry) and taken_for_http(registry.host) else None


def taken_for_http(host: str) -> bool:
    """Return whether the library takes a registry for plain HTTP.

    Args:
        host: host of the registry, with an optional port.
    """
    if _LOCAL.search(host):
        return True
    try:
        address = ipaddress.ip_address(host.partition(":")[0])
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE)
