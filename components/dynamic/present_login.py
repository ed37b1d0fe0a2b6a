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

    A present password goes to the server and user that the stack's file names with it, and to nobody else.

    Args:
        props: the resource's recorded `giteaUrl`, `username`, `password` and `caBundle`.
        config: the stack's configuration; None where the SDK gave none.
    """
    recorded = RecordedLogin(props["password"], props["caBundle"], is_present=True)
    if config is None or not _mapping(config, "registry"):
        return recorded
    secret = _accounts(config).get((_place(props["giteaUrl"]), props["username"]))
    if secret is None:
        return RecordedLogin(recorded.password, recorded.ca_bundle, is_present=False)
    password = config.get(secret)
    return RecordedLogin(password, config.get("caBundle") or "", is_present=True) if password else recorded


def _accounts(config: dynamic.Config) -> dict[tuple[tuple[str, int], str | None], str]:
    """Return the key of each password in the configuration, by server and user, as `model.sign_in` has them.

    This process may not import the model: pydantic would cost each of its starts.
    """
    registry, git_ops, webhooks = (_mapping(config, key) for key in ("registry", "gitOps", "webhooks"))
    images = _place(f"https://{registry.get('host')}") if registry.get("kind") == "gitea" else None
    repository = _place(git_ops.get("repoUrl", "")) if git_ops.get("provider") == "gitea" else None
    of_images = _username(registry) if images else None
    of_repository = _username(git_ops)
    gitea = images or repository
    accounts: dict[tuple[tuple[str, int], str | None], str] = {}
    if images and repository and images != repository:
        accounts[repository, of_repository] = "gitOpsPassword"
        of_repository = None
    if gitea:
        accounts[gitea, webhooks.get("username") or of_images or of_repository] = "giteaPassword"
    return accounts


def _username(host: Mapping[str, Any]) -> str | None:
    username: str | None = (host.get("login") or {}).get("username")
    return username


def _mapping(config: dynamic.Config, key: str) -> dict[str, Any]:
    # The engine hands mappings over as JSON.
    found: dict[str, Any] = json.loads(config.get(key) or "{}")
    return found


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
