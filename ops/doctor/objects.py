"""The objects that the program writes: whether each is there, and what the stack's file says."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from clients.cluster import AbsentError, object_path
from kargo.manifest import Manifest
from kargo.manifests import manifests
from kargo.names import KARGO_API
from ops.doctor.finding import Finding, Link, broken, ok
from ops.doctor.subject import Subject

# Other rows look at these, and at more than their fields.
_ELSEWHERE = ("Namespace", "Project", "ProjectConfig", "Secret", "ExternalSecret", "Warehouse", "Stage")
_MOST = 4


def links(subject: Subject) -> Iterator[Link]:
    """Yield each object that no other row is about."""
    for manifest in manifests(subject.stack):
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        if kind not in _ELSEWHERE:
            yield f"{kind} {name}", partial(_object, subject, manifest)


def _object(subject: Subject, manifest: Manifest) -> Finding:
    kind, metadata = manifest["kind"], manifest["metadata"]
    name = metadata["name"]
    path = object_path(manifest["apiVersion"], f"{kind.lower()}s", metadata.get("namespace"), name)
    try:
        live = subject.cluster.get(f"{kind} '{name}'", path)
    except AbsentError:
        return broken("missing", f"a {kind}", subject.again)
    return unlike(subject, live, kind, name) or ok("as the stack's file says")


def unlike(subject: Subject, live: Mapping[str, Any], kind: str, name: str) -> Finding | None:
    """Return in which fields an object is not what the program would write; None where it is.

    Args:
        subject: the stack.
        live: the object in the cluster.
        kind: its kind.
        name: its name.
    """
    wanted = next(m for m in manifests(subject.stack) if (m["kind"], m["metadata"]["name"]) == (kind, name))
    strict = wanted["apiVersion"] == KARGO_API
    changed = list(_changed(wanted, live, "", strict))
    added = [path for path, is_added in changed if is_added]
    paths = [f"{path} was added" if is_added else f"{path} differs" for path, is_added in changed]
    if not changed:
        return None
    more = f" and {len(paths) - _MOST} more" if len(paths) > _MOST else ""
    # Pulumi compares what it has written, so that an `up` leaves what somebody else has added.
    by_hand = f"remove {', '.join(added[:_MOST])}: {subject.kubectl(f'edit {kind.lower()} {name}')}"
    advice = [subject.again] if len(added) < len(paths) else []
    return broken(
        f"{', '.join(paths[:_MOST])}{more}",
        "what the stack's file says",
        "; ".join([*advice, *([by_hand] if added else [])]),
    )


def _changed(wanted: Any, live: Any, path: str, strict: bool) -> Iterator[tuple[str, bool]]:
    """Yield the path of each difference, and whether it is an addition; `strict` finds additions in a `spec`.

    A default that the API server or Kargo's admission fills in is empty or false in what we leave out (Kargo 1.11).
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
