"""Conditions of Kubernetes objects."""

import datetime
from typing import Any


def now() -> str:
    """Return the current time in the format of Kubernetes."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(live: dict[str, Any], name: str, status: str, reason: str, message: str) -> dict[str, Any]:
    """Return a condition of an object. While the status stays, the time of the transition stays too."""
    old = find(live, name)
    since = old["lastTransitionTime"] if old and old["status"] == status else now()
    known = {"reason": reason, "message": message, "lastTransitionTime": since}
    return {"type": name, "status": status, **known}


def find(live: dict[str, Any], name: str) -> dict[str, Any] | None:
    """Return a condition of an object; None if it is missing."""
    return next((c for c in (live.get("status") or {}).get("conditions") or [] if c["type"] == name), None)


def ready(live: dict[str, Any], status: str = "True", message: str = "stand-in: nothing was checked") -> dict[str, Any]:
    """Return a Ready condition for an object without further imitation."""
    return condition(live, "Ready", status, "Synced", message)
