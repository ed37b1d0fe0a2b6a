"""Conditions as Kubernetes objects report them."""

import datetime
from typing import Any


def now() -> str:
    """Return the time as Kubernetes writes it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(live: dict[str, Any], name: str, status: str, reason: str, message: str) -> dict[str, Any]:
    """Return a condition for the object, which keeps its time of transition while its status stays."""
    old = find(live, name)
    since = old["lastTransitionTime"] if old and old["status"] == status else now()
    known = {"reason": reason, "message": message, "lastTransitionTime": since}
    return {"type": name, "status": status, **known}


def find(live: dict[str, Any], name: str) -> dict[str, Any] | None:
    """Return an object's condition; None where it has none of that name."""
    return next((c for c in (live.get("status") or {}).get("conditions") or [] if c["type"] == name), None)


def ready(live: dict[str, Any], status: str = "True", message: str = "stand-in: nothing was checked") -> dict[str, Any]:
    """Return a Ready condition for an object of which no more is imitated."""
    return condition(live, "Ready", status, "Synced", message)
