"""Conditions, in which controllers say how an object is."""

from collections.abc import Mapping
from typing import Any

Live = Mapping[str, Any]


def condition(live: Live, kind: str) -> dict[str, Any]:
    """Return an object's condition; empty where it has none."""
    conditions = (live.get("status") or {}).get("conditions") or []
    return next((dict(found) for found in conditions if found.get("type") == kind), {})


def is_true(live: Live, kind: str) -> bool:
    """Return whether a condition holds."""
    return bool(condition(live, kind).get("status") == "True")


def said(live: Live, kind: str) -> str:
    """Return what a controller says about a condition, in one line: `Ready: Synced (…)`."""
    found = condition(live, kind)
    if not found:
        return f"no condition {kind}"
    message = " ".join(str(found.get("message") or "").split())
    sign = "" if found.get("status") == "True" else "not "
    return f"{sign}{kind}{f': {message}' if message else ''}"
