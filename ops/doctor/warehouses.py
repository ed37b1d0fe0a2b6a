"""What becomes Freight: whether Kargo looks at the registry, what it finds there, and whether that is the newest."""

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from clients import sign_in
from clients.cluster import AbsentError
from kargo.names import REFRESH_ANNOTATION
from model.pipeline import Pipeline
from ops.doctor.conditions import condition, is_true, said
from ops.doctor.finding import Finding, Link, broken, ok
from ops.doctor.objects import unlike
from ops.doctor.secrets import login_for
from ops.doctor.subject import Subject
from ops.doctor.tags import newer

# What a registry answers before an image's first push (OCI distribution specification).
_NO_SUCH_IMAGE = "NAME_UNKNOWN"
# Kargo's reasons while a discovery goes on (1.11).
_UNDER_WAY = ("DiscoveryInProgress", "AwaitingFreightCreation", "Pending")
# Kargo looks at a refresh within seconds.
_PATIENCE = datetime.timedelta(seconds=60)


def links(subject: Subject) -> Iterator[Link]:
    """Yield each Warehouse, and how its newest Freight and the registry's newest tag agree."""
    for pipeline in subject.stack.pipelines:
        yield f"Warehouse {pipeline.name}", partial(_warehouse, subject, pipeline)
        yield f"newest tag of {pipeline.image}", partial(_newest, subject, pipeline)
        yield f"newest Freight of {pipeline.name}", partial(_freight, subject, pipeline)


def _warehouse(subject: Subject, pipeline: Pipeline) -> Finding:
    try:
        live = subject.kargo("Warehouse", pipeline.name)
    except AbsentError:
        return broken("not there", "a Warehouse", subject.again)
    if finding := unlike(subject, live, "Warehouse", pipeline.name) or _discovery(subject, pipeline, live):
        return finding
    status = live.get("status") or {}
    asked = (live["metadata"].get("annotations") or {}).get(REFRESH_ANNOTATION)
    handled = status.get("lastHandledRefresh")
    if asked and asked != handled and _age(asked) > _PATIENCE:
        return broken(
            f"a refresh asked for at {asked} was not looked at",
            "a refresh that is handled within seconds",
            "see that Kargo's controller runs" + (f" for shard {pipeline.shard}" if pipeline.shard else ""),
        )
    found = (status.get("discoveredArtifacts") or {}).get("discoveredAt")
    discovered, refreshed = _moment(found or ""), _moment(handled or "")
    if discovered and refreshed and discovered < refreshed:
        # Kargo 1.11 reports Ready after a refresh whose look at the registry has failed.
        return broken(
            f"the look at the registry of {handled} failed, which Kargo hides behind Ready",
            "discovery after the last refresh",
            f"see the login for images; then push again, or: {_refresh(subject, pipeline)}",
        )
    return ok(f"{said(live, 'Ready')}; polls every {live['spec'].get('interval')}")


def _discovery(subject: Subject, pipeline: Pipeline, live: Mapping[str, Any]) -> Finding | None:
    """Return why nothing can become Freight; None where that is not so."""
    for kind in ("Ready", "Healthy"):
        if not condition(live, kind) or is_true(live, kind):
            continue
        reason, message = condition(live, kind).get("reason", ""), condition(live, kind).get("message", "")
        if reason in _UNDER_WAY:
            return ok(f"Kargo is looking for artifacts: {said(live, kind)}")
        if reason != "MissingImageReferences" and _NO_SUCH_IMAGE not in message:
            return broken(
                f"{reason}: {said(live, kind)}",
                "a look at the registry that succeeds",
                f"see the login for images and the registry's certificate; then: {_refresh(subject, pipeline)}",
            )
        tags = _tags(subject, pipeline)
        if not tags:
            return ok(f"nothing was pushed yet; polls every {live['spec'].get('interval')}")
        return broken(
            f"none of the registry's {len(tags)} tags counts",
            f"a tag that {' or '.join(pipeline.warehouse.allow_tags_regexes)} matches",
            "correct pipelines[].warehouse in the stack's file, or push such a tag, for the platform of Kargo's "
            "controller",
        )
    return None


def _newest(subject: Subject, pipeline: Pipeline) -> Finding:
    """Find a tag that Kargo should have seen, and has not."""
    found = _references(subject.kargo("Warehouse", pipeline.name))
    tags = _tags(subject, pipeline)
    missed = newer(tags, [str(reference.get("tag")) for reference in found], pipeline.warehouse)
    if missed:
        return broken(
            f"{missed[0]} is in the registry and Kargo has not seen it",
            f"{missed[0]} discovered",
            "see the rows of the receiver and the hook, and the hook's Recent Deliveries in Gitea (ALLOWED_HOST_LIST); "
            f"at once: {_refresh(subject, pipeline)}",
        )
    if not found:
        return ok("none yet")
    return ok(f"{found[0].get('tag')} of {len(tags)} tags")


def _freight(subject: Subject, pipeline: Pipeline) -> Finding:
    found = _references(subject.kargo("Warehouse", pipeline.name))
    if not found:
        return ok("none yet")
    newest = found[0]
    for live in subject.freight(pipeline):
        if any(
            image.get("tag") == newest.get("tag") and image.get("digest") == newest.get("digest")
            for image in live.get("images") or []
        ):
            return ok(f"{newest.get('tag')} is Freight {live['metadata']['name'][:7]}")
    return broken(
        f"no Freight of {newest.get('tag')}",
        "Freight of what was discovered last",
        f"see that Kargo's controller runs; then: {_refresh(subject, pipeline)}",
    )


def _references(live: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    images = ((live.get("status") or {}).get("discoveredArtifacts") or {}).get("images") or []
    return images[0].get("references") or [] if images else []


def _tags(subject: Subject, pipeline: Pipeline) -> list[str]:
    stack = subject.stack
    repository = stack.registry.image_repository(pipeline.image)
    return list(sign_in.tags(repository, login_for(subject, "image"), stack.ca_bundle))


def _refresh(subject: Subject, pipeline: Pipeline) -> str:
    value = f"{REFRESH_ANNOTATION}=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    return subject.kubectl(f"annotate warehouse {pipeline.name} {value} --overwrite")


def _moment(written: str) -> datetime.datetime | None:
    """Return a time as Kargo writes it; None for another text, as a person may give to a refresh."""
    if not re.match(r"\d{4}-\d\d-\d\dT", written):
        return None
    try:
        found = datetime.datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _age(written: str) -> datetime.timedelta:
    moment = _moment(written)
    return datetime.datetime.now(datetime.UTC) - moment if moment else datetime.timedelta.max
