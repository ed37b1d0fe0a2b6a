"""The annotation with the owner of an object, and the refusal of objects with another owner."""

from collections.abc import Mapping
from typing import Any

STACK_ANNOTATION = "kargo-backstage/stack"


def ownership(mark: str, resource: str) -> str:
    """Return the annotation's value: the stack's name and id, and a Pulumi name: `dev-1f3a9c2e/kargo-namespace`."""
    return f"{mark}/{resource}"


def refusal(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> str | None:
    """Return the reason why this stack may not write `live`; None if it is the same resource of the same stack.

    An object in a namespace of this stack may have the id of an earlier state of the stack.

    Args:
        wanted: the object that this stack creates.
        live: the object of that name in the cluster.
    """
    own, found = _mark(wanted), _mark(live)
    kind, name = wanted["kind"], wanted["metadata"]["name"]
    what = f"{kind} '{name}'"
    if found == own:
        return None
    if found is None:
        advice = "set another kargo.project" if kind == "Namespace" else "rename it in the stack's file"
        return f"{what}: exists and was not created by this stack; delete it, or {advice}"
    (own_mark, own_resource), (mark, resource) = own or ("", ""), found
    stack = _stack_of(mark)
    if stack != _stack_of(own_mark):
        return f"{what}: belongs to stack '{stack}'; set another kargo.project, or run: pulumi destroy --stack {stack}"
    if resource != own_resource:
        return f"{what}: is the resource '{resource}' of this stack; give '{own_resource}' an alias of that name"
    if kind != "Namespace":
        return None
    return (
        f"{what}: belongs to a stack '{stack}' with another state; run pulumi with the backend that has that state, "
        f"or, if it is lost: kubectl annotate namespace {name} "
        f"{STACK_ANNOTATION}={ownership(own_mark, own_resource)} --overwrite"
    )


def _mark(live: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return stack and resource of an object; None without the annotation."""
    value = (live["metadata"].get("annotations") or {}).get(STACK_ANNOTATION)
    if value is None:
        return None
    mark, _, resource = str(value).partition("/")
    return mark, resource


def _stack_of(mark: str) -> str:
    return mark.rpartition("-")[0]
