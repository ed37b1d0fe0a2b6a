"""The field managers of an object: one creates it, and another one applies it (fixCSAFieldManagers)."""

from typing import Any

from sandbox.standins.plugins.kubernetes.objects import Object

CREATOR = "pulumi-kubernetes"
_PREDECESSORS = {
    ("kubectl", "Apply"),
    ("kubectl", "Update"),
    ("before-first-apply", "Update"),
    (CREATOR, "Update"),
    ("pulumi-kubernetes.exe", "Update"),
    ("pulumi-resource-kubernetes", "Update"),
}


def transferred(live: Object, manager: str) -> list[dict[str, Any]]:
    """Return the JSON patch that gives `manager` the fields of its predecessors; empty if they have no fields.

    Without it, an object that was created with POST would conflict with its own creator.
    """
    entries = live["metadata"].get("managedFields") or []
    old = [e for e in entries if (e["manager"], e["operation"]) in _PREDECESSORS and not e.get("subresource")]
    if not old:
        return []
    own = next((e for e in entries if e["manager"] == manager and e["operation"] == "Apply"), None)
    fields: dict[str, Any] = {}
    for entry in [*old, *([own] if own else [])]:
        fields = _union(fields, entry["fieldsV1"])
    merged = {**old[0], "manager": manager, "operation": "Apply", "fieldsV1": fields}
    rest = [entry for entry in entries if entry not in old and entry is not own]
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": [merged, *rest]},
        # The API server refuses the patch if the object has changed.
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
    ]


def _union(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    return {**a, **{key: _union(a[key], value) if key in a else value for key, value in b.items()}}
