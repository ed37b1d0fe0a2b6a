"""The Secrets of the project's namespace, in clear; nothing of them is ever shown."""

import base64
from collections.abc import Mapping
from typing import Any

from clients.cluster import object_path
from clients.sign_in import Login
from kargo.credentials import credentials
from ops.doctor.subject import Subject


def secrets(subject: Subject) -> list[dict[str, Any]]:
    """Return the Secrets.

    Raises:
        ServiceError: if this user may not list them.
    """
    return subject.cluster.items("the Secrets", object_path("v1", "secrets", subject.project))


def clear(secret: Mapping[str, Any]) -> dict[str, str]:
    """Return a Secret's data in clear."""
    return {key: base64.b64decode(value).decode(errors="replace") for key, value in (secret.get("data") or {}).items()}


def login_for(subject: Subject, name: str) -> Login | None:
    """Return the login in a credential's Secret; None where there is no such credential, or no such Secret.

    Args:
        subject: the stack.
        name: what the credential is for: `image`, `git` or `publish`.

    Raises:
        ServiceError: if this user may not list Secrets.
    """
    credential = next((found for found in credentials(subject.stack) if found.name == name), None)
    if credential is None:
        return None
    for data in map(clear, secrets(subject)):
        if data.get("repoURL") == credential.repo_url and data.get("username"):
            return Login(data["username"], data.get("password", ""))
    return None
