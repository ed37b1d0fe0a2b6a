"""The login that a stack's file has now, for a dynamic provider.

For reads and deletes the engine gives a provider the inputs of the last `up`, whose password may have been changed
since. It also configures each dynamic provider with the stack's whole configuration: the present one during `up`, and
that of the last `up` in a `refresh` or `destroy` without `--run-program` (engine 3.259).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pulumi import dynamic


@dataclass(frozen=True)
class RecordedLogin:
    """A resource's login, brought up to date.

    Args:
        password: password or token.
        ca_bundle: PEM file to trust; empty for none.
        is_present: whether the stack's file still has this user at this server.
    """

    password: str
    ca_bundle: str
    is_present: bool


def recorded_login(props: Mapping[str, Any], config: dynamic.Config | None) -> RecordedLogin:
    """Return the login that was recorded with a resource.

    The present password goes to the server and user that the stack's file names with it, and to nobody else.

    Args:
        props: the resource's recorded `giteaUrl`, `username`, `password` and `caBundle`.
        config: the stack's configuration; None where the SDK gave none.
    """
    recorded = RecordedLogin(props["password"], props["caBundle"], is_present=True)
    registry = _mapping(config, "registry")
    if config is None or not registry:
        return recorded
    servers = {f"https://{registry.get('host')}", _server(_mapping(config, "gitOps").get("repoUrl", ""))}
    username = (registry.get("login") or {}).get("username")
    if props["giteaUrl"] not in servers or props["username"] != username:
        return RecordedLogin(recorded.password, recorded.ca_bundle, is_present=False)
    password = config.get("giteaPassword")
    return RecordedLogin(password, config.get("caBundle") or "", is_present=True) if password else recorded


def _mapping(config: dynamic.Config | None, key: str) -> dict[str, Any]:
    # The engine hands mappings over as JSON.
    found: dict[str, Any] = json.loads((config and config.get(key)) or "{}")
    return found


def _server(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
