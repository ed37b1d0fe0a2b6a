"""Gitea's address as an exception from a proxy: users except 127.0.0.1 and localhost, and Gitea is on 127.0.0.2."""

import os

_VARIABLES = ("no_proxy", "NO_PROXY")


def exempt(address: str) -> None:
    """Add an address to the list in `no_proxy` of this process, which its servers and commands inherit."""
    known = next((os.environ[name] for name in _VARIABLES if os.environ.get(name)), "")
    if address not in known.split(","):
        known = f"{known},{address}" if known else address
    os.environ.update(dict.fromkeys(_VARIABLES, known))


def exports() -> dict[str, str]:
    """Return the variables, for a shell of the user."""
    return {name: os.environ[name] for name in _VARIABLES if name in os.environ}
