"""Roles in a vault, and the data actions after `Microsoft.KeyVault/vaults/secrets/` that they allow."""

from collections.abc import Iterable

SECRETS_USER, SECRETS_OFFICER, READER = "Key Vault Secrets User", "Key Vault Secrets Officer", "Key Vault Reader"
GET, LIST, SET, DELETE, RECOVER = (
    "getSecret/action",
    "readMetadata/action",
    "setSecret/action",
    "delete",
    "recover/action",
)
_ACTIONS = {
    SECRETS_USER: (GET, LIST),
    SECRETS_OFFICER: (GET, LIST, SET, DELETE, RECOVER),
    READER: (LIST,),
}


def allow(roles: Iterable[str], action: str) -> bool:
    """Return whether one of these roles allows an action."""
    return any(action in _ACTIONS.get(role, ()) for role in roles)
