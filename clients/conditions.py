"""Conditions, in which controllers report the state of an object."""

from collections.abc import Mapping
from typing import Any

Live = Mapping[str, Any]


def condition(live: Live, kind: str) -> dict[str, Any]:
    """Return an object's condition; empty if it is not set."""
    conditions = (live.get("status") or {}).get("conditions") or []
    return next((dict(found) for found in conditions if found.get("type") == kind), {})


def is_true(live: Live, kind: str) -> bool:
    """Return whether a condition is true."""
    return bool(condition(live, kind).get("status") == "True")


def message(live: Live, kind: str) -> str:
    """Return a condition's message, in one line; empty if it is not set."""
    return " ".join(str(condition(live, kind).get("message") or "").split())


def described(live: Live, kind: str) -> str:
    """Return a condition with its message, in one line: `not Ready: no such image`."""
    found = condition(live, kind)
    if not found:
        return f"condition {kind} is not set"
    sign = "" if is_true(live, kind) else "not "
    text = message(live, kind)
    return f"{sign}{kind}{f': {text}' if text else ''}"
