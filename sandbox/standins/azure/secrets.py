"""The secrets of a vault in the directory: new values, versions, deletion and recovery."""

import time
import uuid
from typing import Any


def write(vault: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    """Add a version to a secret, which is created if it is missing, and return the version."""
    secret = vault.setdefault("secrets", {}).setdefault(name, {"versions": []})
    version = {"id": uuid.uuid4().hex, "value": value, "enabled": True, "created": int(time.time())}
    secret["versions"].append(version)
    return version


def recover(vault: dict[str, Any], name: str) -> None:
    """Recover a secret, if it is deleted."""
    vault.get("secrets", {}).get(name, {}).pop("deleted", None)


def delete(vault: dict[str, Any], name: str) -> None:
    """Delete a secret, which can be recovered. Do nothing without the secret."""
    if secret := vault.get("secrets", {}).get(name):
        secret["deleted"] = True
