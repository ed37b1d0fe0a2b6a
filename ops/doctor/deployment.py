"""Checks of the stack in Pulumi: that it is deployed, and that no run was interrupted."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ops.doctor.finding import Check, Finding, failed, ok
from ops.doctor.subject import Subject


def checks(subject: Subject) -> Iterator[Check]:
    """Yield the checks of the stack's outputs and of its state."""
    yield "Pulumi stack", partial(_outputs, subject)
    yield "Pulumi state", partial(_pending, subject)


def _outputs(subject: Subject) -> Finding:
    if subject.outputs:
        return ok(f"deployed as Kargo Project {subject.project}")
    return failed(
        "no outputs",
        "a deployed stack, with secrets that this machine can decrypt",
        f"run: pulumi up --stack {subject.name}; if it is deployed, give Pulumi the stack's passphrase or key",
    )


def _pending(subject: Subject) -> Finding:
    """Check for interrupted operations. An `up` completes them, but Pulumi keeps a warning (3.259)."""
    pending = subject.deployment.get("pending_operations") or []
    recorded = {resource["urn"] for resource in subject.deployment.get("resources") or []}
    unfinished = [o for o in pending if o["type"] != "creating" or o["resource"]["urn"] not in recorded]
    if unfinished:
        named = ", ".join(f"{operation['type']} {_name(operation)}" for operation in unfinished)
        advice = [
            f"check that no other pulumi command runs for stack {subject.name}, then run:",
            f"pulumi cancel --yes --stack {subject.name}",
            f"pulumi up --stack {subject.name}",
        ]
        return failed(f"a run was interrupted while {named}", "every operation completed", "\n".join(advice))
    if pending:
        named = ", ".join(map(_name, pending))
        clear = f"pulumi refresh --clear-pending-creates --yes --stack {subject.name}"
        return ok(f"complete; Pulumi warns about the interrupted creation of {named} until you run: {clear}")
    return ok("no operation is pending")


def _name(operation: Mapping[str, Any]) -> str:
    *_, kind, name = str(operation["resource"]["urn"]).split("::")
    return f"{kind.rpartition(':')[2]} {name}"
