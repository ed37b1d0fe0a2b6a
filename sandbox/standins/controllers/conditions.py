"""Conditions as Kubernetes objects report them."""

import datetime
from typing import Any


def ready(live: dict[str, Any], status: str = "True", message: str = "stand-in: nothing was checked") -> dict[str, Any]:
    """Return a Ready condition for the object, which keeps its time of transition while its status stays."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    old = next((c for c in (live.get("status") or {}).get("conditions", []) if c["type"] == "Ready"), None)
    since = old["lastTransitionTime"] if old and old["status"] == status else now
    return {"type": "Ready", "status": status, "reason": "Synced", "message": message, "lastTransitionTime": since}
