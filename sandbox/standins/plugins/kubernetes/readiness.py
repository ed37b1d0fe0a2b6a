"""When an object is ready: what its annotation `pulumi.com/waitFor` asks for (pkg/await/condition)."""

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.standins.plugins.kubernetes.objects import Object, annotation

_JSON_PATH = re.compile(r"\{\s*\$?((?:\.[A-Za-z0-9_-]+)+)\s*\}(?:=(.+))?")

Ready = Callable[[Object], bool]


def readiness(inputs: Object) -> list[Ready]:
    """Return the conditions to wait for; none where the object says nothing.

    Raises:
        ValueError: if one cannot be understood.
    """
    wanted = annotation(inputs, "waitFor")
    if not wanted or annotation(inputs, "skipAwait") == "true":
        return []
    try:
        values = json.loads(wanted)
    except ValueError:
        values = [wanted]
    if not isinstance(values, list) or not values:
        raise ValueError("at least one condition must be specified")
    return [_condition(value) for value in values]


def _condition(expression: str) -> Ready:
    kind, _, rest = expression.partition("=")
    if kind == "condition":
        name, _, status = rest.partition("=")
        return lambda live: _has_condition(live, name, status or "True")
    if kind != "jsonpath":
        raise ValueError(f'expected a "jsonpath=" or "condition=" prefix, got "{expression}"')
    match = _JSON_PATH.fullmatch(rest)
    if not match:
        raise ValueError(f"this stand-in knows paths such as {{.status.phase}}=value, not {rest}")
    path, value = match.groups()
    return lambda live: _current(live) and _has_value(live, path, value)


def _has_condition(live: Object, name: str, status: str) -> bool:
    for condition in (live.get("status") or {}).get("conditions") or []:
        if str(condition.get("type")).lower() == name.lower():
            return _current(live, condition) and str(condition.get("status")).lower() == status.lower()
    return False


def _current(live: Object, condition: Object | None = None) -> bool:
    """Return whether what is reported is about the object's present generation."""
    observed = (condition or {}).get("observedGeneration", (live.get("status") or {}).get("observedGeneration"))
    return observed is None or bool(observed >= live["metadata"].get("generation", 0))


def _has_value(live: Object, path: str, value: str | None) -> bool:
    node: Any = live
    for part in path.strip(".").split("."):
        if not isinstance(node, dict) or part not in node:
            return False
        node = node[part]
    return value is None or (str(node).lower() if isinstance(node, bool) else str(node)) == value
