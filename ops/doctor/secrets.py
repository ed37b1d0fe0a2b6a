"""The Secrets of the project's namespace, in clear; nothing of them is ever shown."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from clients.cluster import object_path
from clients.sign_in import Login
from kargo.credentials import Credential
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


def login_of(found: Iterable[Mapping[str, Any]], credential: Credential) -> Login | None:
    """Return the login in a credential's Secret; None where there is no such Secret."""
    for data in map(clear, found):
        if data.get("repoURL") == credential.repo_url and data.get("username"):
            return Login(data["username"], data.get("password", ""))
    return None
