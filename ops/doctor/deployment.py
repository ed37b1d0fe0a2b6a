"""What Pulumi knows of the stack: that it is deployed, and that no run was cut off."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ops.doctor.finding import Finding, Link, broken, ok
from ops.doctor.subject import Subject


def links(subject: Subject) -> Iterator[Link]:
    """Yield the stack's outputs and its state."""
    yield "stack", partial(_outputs, subject)
    yield "state", partial(_pending, subject)


def _outputs(subject: Subject) -> Finding:
    if subject.outputs:
        return ok(f"{subject.name}, deployed as project {subject.project}")
    return broken(
        "no outputs",
        "a deployed stack, whose secrets this machine can decrypt",
        f"pulumi up --stack {subject.name}; if it is deployed, give Pulumi the stack's passphrase or key",
    )


def _pending(subject: Subject) -> Finding:
    if not subject.pending:
        return ok("no operation is pending")
    advice = [
        f"see that nobody runs pulumi for {subject.name}, then:",
        f"pulumi cancel --yes --stack {subject.name}",
        *(command for operation in subject.pending if (command := _removal(subject, operation))),
        f"pulumi refresh --clear-pending-creates --yes --stack {subject.name}",
        f"pulumi up --stack {subject.name}",
    ]
    named = ", ".join(f"{operation['type']} {_name(operation)}" for operation in subject.pending)
    return broken(f"a run was cut off while {named}", "nothing pending", "\n".join(advice))


def _name(operation: Mapping[str, Any]) -> str:
    *_, kind, name = str(operation["resource"]["urn"]).split("::")
    return f"{kind.rpartition(':')[2]} {name}"


def _removal(subject: Subject, operation: Mapping[str, Any]) -> str | None:
    """Return the command that removes an object which may have been made and is not in the state.

    It is as new as the run that was cut off; `up` would find it and fail with AlreadyExists.
    """
    resource = operation["resource"]
    if operation["type"] != "creating" or not resource["type"].startswith("kubernetes:"):
        return None
    inputs = resource.get("inputs") or {}
    metadata = inputs.get("metadata") or {}
    # ProjectConfig's metadata is encrypted as a whole; its name is the project's.
    name = metadata.get("name", subject.project)
    group, _, _ = str(inputs["apiVersion"]).rpartition("/")
    kind = f"{inputs['kind']}{f'.{group}' if group else ''}".lower()
    return subject.kubectl(f"delete {kind} {name} --ignore-not-found")
