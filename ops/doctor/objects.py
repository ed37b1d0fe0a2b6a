"""Checks of the objects that the program writes: whether each exists and matches the stack's file."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from clients.cluster import AbsentError, object_path
from kargo.manifest import Manifest
from kargo.manifests import manifests
from kargo.names import KARGO_API
from ops.doctor.finding import Check, Finding, failed, ok
from ops.doctor.subject import Subject

# Other rows check these kinds, with their status.
_ELSEWHERE = ("Namespace", "Project", "ProjectConfig", "Secret", "SecretStore", "ExternalSecret", "Warehouse", "Stage")
_MOST = 4


def checks(subject: Subject) -> Iterator[Check]:
    """Yield a check of each object that has no other row."""
    for manifest in manifests(subject.stack):
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        if kind not in _ELSEWHERE:
            yield f"{kind} {name}", partial(check_object, subject, kind, name, lambda _: ok("matches the stack's file"))


def check_object(
    subject: Subject, kind: str, name: str, status: Callable[[dict[str, Any]], Finding], condition: str = ""
) -> Finding:
    """Check that an object exists and matches the stack's file, then check its status.

    Args:
        subject: the stack.
        kind: kind of the object.
        name: name of the object.
        status: checks the status of the object in the cluster.
        condition: condition that `status` requires, for the finding about a missing object.
    """
    wanted = next(m for m in manifests(subject.stack) if (m["kind"], m["metadata"]["name"]) == (kind, name))
    path = object_path(wanted["apiVersion"], f"{kind.lower()}s", wanted["metadata"].get("namespace"), name)
    try:
        live = subject.cluster.get(f"{kind} '{name}'", path)
    except AbsentError:
        expected = f"{kind} {name}, {condition}" if condition else f"{kind} {name}"
        return failed("missing", expected, subject.again)
    return _difference(subject, wanted, live) or status(live)


def _difference(subject: Subject, wanted: Manifest, live: Mapping[str, Any]) -> Finding | None:
    changed = list(_changed(wanted, live, "", strict=wanted["apiVersion"] == KARGO_API))
    if not changed:
        return None
    paths = [f"{path} was added" if is_added else f"{path} differs" for path, is_added in changed]
    added = [path for path, is_added in changed if is_added]
    advice = [subject.again] if len(added) < len(paths) else []
    if added:
        # Pulumi compares only the fields that it has written, so an `up` does not remove added fields.
        edit = subject.kubectl(f"edit {wanted['kind'].lower()} {wanted['metadata']['name']}")
        advice.append(f"remove {', '.join(added[:_MOST])}: {edit}")
    more = f" and {len(paths) - _MOST} more" if len(paths) > _MOST else ""
    return failed(f"{', '.join(paths[:_MOST])}{more}", "the values of the stack's file", "; ".join(advice))


def _changed(wanted: Any, live: Any, path: str, strict: bool) -> Iterator[tuple[str, bool]]:
    """Yield the path of each difference, and whether it is an addition; `strict` finds additions in a `spec`.

    The API server and Kargo's admission set only empty or false defaults in fields that are left out (Kargo 1.11).
    """
    if isinstance(wanted, dict) and isinstance(live, Mapping):
        for key, value in wanted.items():
            inner = f"{path}.{key}" if path else key
            yield from _changed(value, live.get(key), inner, strict)
        if strict and path.startswith("spec"):
            yield from ((f"{path}.{key}", True) for key, value in live.items() if key not in wanted and value)
    elif isinstance(wanted, list) and isinstance(live, list):
        for i, value in enumerate(wanted):
            inner = f"{path}[{i}]"
            yield from _changed(value, live[i], inner, strict) if i < len(live) else [(inner, False)]
        yield from ((f"{path}[{i}]", True) for i in range(len(wanted), len(live)))
    elif wanted != live and (wanted or live):
        yield path, False
