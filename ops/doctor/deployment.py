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
    """Look for what a run began and did not end; an `up` goes on with it, and Pulumi keeps a warning (3.259)."""
    pending = subject.deployment.get("pending_operations") or []
    recorded = {resource["urn"] for resource in subject.deployment.get("resources") or []}
    unfinished = [o for o in pending if o["type"] != "creating" or o["resource"]["urn"] not in recorded]
    if unfinished:
        named = ", ".join(f"{operation['type']} {_name(operation)}" for operation in unfinished)
        advice = [
            f"see that nobody runs pulumi for {subject.name}, then:",
            f"pulumi cancel --yes --stack {subject.name}",
            f"pulumi up --stack {subject.name}",
        ]
        return broken(f"a run was cut off while {named}", "every operation finished", "\n".join(advice))
    if pending:
        named = ", ".join(map(_name, pending))
        clear = f"pulumi refresh --clear-pending-creates --yes --stack {subject.name}"
        return ok(f"complete; Pulumi warns of {named}, whose creation was cut off once, until: {clear}")
    return ok("no operation is pending")


def _name(operation: Mapping[str, Any]) -> str:
    *_, kind, name = str(operation["resource"]["urn"]).split("::")
    return f"{kind.rpartition(':')[2]} {name}"
