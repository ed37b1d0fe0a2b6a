"""The annotation that says which stack an object belongs to, and what it says of an object that is there already."""

from collections.abc import Mapping
from typing import Any

STACK_ANNOTATION = "kargo-backstage/stack"


def ownership(mark: str, resource: str) -> str:
    """Return the annotation's value: `dev-1f3a9c2e/kargo-namespace`.

    Args:
        mark: the stack's name and id.
        resource: the Pulumi name of the object's resource.
    """
    return f"{mark}/{resource}"


def refusal(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> str | None:
    """Return why `live` may not be taken over as `wanted`; None where it is the same stack's same resource.

    Objects inside a namespace that is this stack's may have the id of an earlier state of the stack.

    Args:
        wanted: the object as this stack would create it.
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
    (stack, _), (own_stack, _) = _split(mark), _split(own_mark)
    if stack != own_stack:
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
    """Return an object's stack and resource; None where it carries no such annotation."""
    value = (live["metadata"].get("annotations") or {}).get(STACK_ANNOTATION)
    if value is None:
        return None
    mark, _, resource = str(value).partition("/")
    return mark, resource


def _split(mark: str) -> tuple[str, str]:
    stack, _, digits = mark.rpartition("-")
    return stack, digits
