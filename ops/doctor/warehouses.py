"""Checks of the Warehouses: discovery in the registry, the newest tag, and its Freight."""

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from clients import sign_in
from clients.conditions import condition, described, is_true, message
from kargo.names import REFRESH_ANNOTATION
from model.pipeline import Pipeline
from ops.doctor.credentials import login_for
from ops.doctor.finding import Check, Finding, failed, ok
from ops.doctor.objects import check_object
from ops.doctor.subject import Subject
from ops.doctor.tags import newer

# A registry's error code before the first push of an image (OCI distribution specification).
_NO_SUCH_IMAGE = "NAME_UNKNOWN"
# Kargo's reasons during a discovery (1.11).
_UNDER_WAY = ("DiscoveryInProgress", "AwaitingFreightCreation", "Pending")
# Kargo handles a refresh within seconds.
_PATIENCE = datetime.timedelta(seconds=60)


def checks(subject: Subject) -> Iterator[Check]:
    """Yield the checks of each Warehouse, of its newest tag and of its newest Freight."""
    for pipeline in subject.stack.pipelines:
        status = partial(_warehouse, subject, pipeline)
        yield f"Warehouse {pipeline.name}", partial(check_object, subject, "Warehouse", pipeline.name, status)
        yield f"newest tag of image {pipeline.image}", partial(_newest, subject, pipeline)
        yield f"newest Freight of Warehouse {pipeline.name}", partial(_freight, subject, pipeline)


def _warehouse(subject: Subject, pipeline: Pipeline, live: Mapping[str, Any]) -> Finding:
    if finding := _discovery(subject, pipeline, live):
        return finding
    status = live.get("status") or {}
    asked = (live["metadata"].get("annotations") or {}).get(REFRESH_ANNOTATION)
    handled = status.get("lastHandledRefresh")
    if asked and asked != handled and _age(asked) > _PATIENCE:
        return failed(
            f"the refresh requested at {asked} was not handled",
            "a refresh handled within seconds",
            "check that Kargo's controller runs" + (f" for shard {pipeline.shard}" if pipeline.shard else ""),
        )
    found = (status.get("discoveredArtifacts") or {}).get("discoveredAt")
    discovered, refreshed = _moment(found or ""), _moment(handled or "")
    if discovered and refreshed and discovered < refreshed:
        # Kargo 1.11 reports Ready after a refresh with a failed discovery.
        return failed(
            f"the discovery for the refresh at {handled} failed, although Kargo reports Ready",
            "a successful discovery after the last refresh",
            f"check the image registry login; then push again, or run: {_refresh(subject, pipeline)}",
        )
    return ok(f"{described(live, 'Ready')}; polls every {live['spec'].get('interval')}")


def _discovery(subject: Subject, pipeline: Pipeline, live: Mapping[str, Any]) -> Finding | None:
    """Return why nothing can become Freight; None if something can."""
    for kind in ("Ready", "Healthy"):
        if not condition(live, kind) or is_true(live, kind):
            continue
        reason = condition(live, kind).get("reason", "")
        if reason in _UNDER_WAY:
            return ok(f"the discovery is in progress: {described(live, kind)}")
        if reason != "MissingImageReferences" and _NO_SUCH_IMAGE not in message(live, kind):
            return failed(
                f"{reason}: {described(live, kind)}",
                "a successful discovery",
                "check the image registry login and the registry's certificate, then run: "
                + _refresh(subject, pipeline),
            )
        tags = _tags(subject, pipeline)
        if not tags:
            return ok(f"no tag is pushed yet; polls every {live['spec'].get('interval')}")
        return failed(
            f"no tag of {len(tags)} in the registry is eligible",
            f"a tag that matches {' or '.join(pipeline.warehouse.allow_tags_regexes)}",
            "correct pipelines[].warehouse in the stack's file, or push a matching tag for the platform of Kargo's "
            "controller",
        )
    return None


def _newest(subject: Subject, pipeline: Pipeline) -> Finding:
    """Check for tags that Kargo has not discovered."""
    found = _references(subject, pipeline)
    tags = _tags(subject, pipeline)
    missed = newer(tags, [str(reference.get("tag")) for reference in found], pipeline.warehouse)
    if missed:
        return failed(
            f"{missed[0]} is in the registry, but Kargo has not discovered it",
            f"{missed[0]} discovered",
            "check the rows of the receiver, and Recent Deliveries of the webhook in Gitea (ALLOWED_HOST_LIST); "
            f"to discover it now, run: {_refresh(subject, pipeline)}",
        )
    if not found:
        return ok("no tag is discovered yet")
    return ok(f"{found[0].get('tag')}, of {len(tags)} tags in the registry")


def _freight(subject: Subject, pipeline: Pipeline) -> Finding:
    found = _references(subject, pipeline)
    if not found:
        return ok("no tag is discovered yet")
    tag, digest = found[0].get("tag"), found[0].get("digest")
    for live in subject.freight(pipeline):
        if (tag, digest) in [(image.get("tag"), image.get("digest")) for image in live.get("images") or []]:
            return ok(f"{tag} is Freight {live['metadata']['name'][:7]}")
    return failed(
        f"no Freight for tag {tag}",
        "Freight for the newest discovered tag",
        f"check that Kargo's controller runs, then run: {_refresh(subject, pipeline)}",
    )


def _references(subject: Subject, pipeline: Pipeline) -> Sequence[dict[str, Any]]:
    """Return the tags and digests that Kargo has discovered, the newest first."""
    live = subject.kargo("Warehouse", pipeline.name)
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
    """Return a time in Kargo's format; None for another text, because a user may request a refresh with any text."""
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
