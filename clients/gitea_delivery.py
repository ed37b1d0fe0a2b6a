"""Where Gitea delivers webhooks to, and where it does not."""

import ipaddress
import socket
from urllib.parse import urlsplit


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
