"""Checks of the Warehouses: discovery in the registry, the newest tag, and its Freight."""

import datetime
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from clients.conditions import condition, described, is_true, message
from kargo.names import CRED_TYPE_LABEL, REFRESH_ANNOTATION
from model.pipeline import Pipeline
from ops.doctor.discovery import Discovery
from ops.doctor.finding import Check, Finding, failed, ok
from ops.doctor.objects import check_object
from ops.doctor.subject import Subject
from ops.doctor.tags import listed

# A registry's error code before the first push of an image (OCI distribution specification).
_NO_SUCH_IMAGE = "NAME_UNKNOWN"
# Kargo's reasons during a discovery (1.11).
_UNDER_WAY = ("DiscoveryInProgress", "AwaitingFreightCreation", "Pending")
# Kargo handles a refresh within seconds, but a discovery of many tags may take minutes.
_PATIENCE = datetime.timedelta(seconds=60)
_DISCOVERY = datetime.timedelta(minutes=10)
# Kargo also looks here for a login: the default of its chart (1.11).
_SHARED = "kargo-shared-resources"


def checks(subject: Subject) -> Iterator[Check]:
    """Yield the checks of each Warehouse, of the images that it reads, of its newest tag and of its newest Freight."""
    for pipeline in subject.stack.pipelines:
        discovery = Discovery(subject, pipeline)
        status = partial(_warehouse, subject, pipeline, discovery)
        yield f"Warehouse {pipeline.name}", partial(check_object, subject, "Warehouse", pipeline.name, status)
        yield f"images of Warehouse {pipeline.name}", discovery.check
        yield f"newest tag of image {pipeline.image}", partial(_newest, subject, pipeline, discovery)
        yield f"newest Freight of Warehouse {pipeline.name}", partial(_freight, subject, pipeline, discovery)


def _warehouse(subject: Subject, pipeline: Pipeline, discovery: Discovery, live: Mapping[str, Any]) -> Finding:
    if finding := _unhandled(pipeline, live) or _discovery(subject, pipeline, discovery, live):
        return finding
    status = live.get("status") or {}
    handled = status.get("lastHandledRefresh")
    found = (status.get("discoveredArtifacts") or {}).get("discoveredAt")
    discovered, refreshed = _moment(found or ""), _moment(handled or "")
    if discovered and refreshed and discovered < refreshed:
        # Kargo 1.11 reports Ready after a refresh with a failed discovery.
        text = f"the discovery for the refresh at {handled} failed, although Kargo reports Ready"
        if cause := discovery.cause:
            return failed(f"{text}: {cause.found}", cause.expected, cause.advice)
        return failed(
            text,
            "a successful discovery after the last refresh",
            f"{_login_advice(subject)}; then push again, or run: {_refresh(subject, pipeline)}",
        )
    return ok(f"{described(live, 'Ready')}; polls every {live['spec'].get('interval')}")


def _unhandled(pipeline: Pipeline, live: Mapping[str, Any]) -> Finding | None:
    """Return the finding about a Warehouse that no controller handles; None if one does."""
    advice = "check that Kargo's controller runs" + (f" for shard {pipeline.shard}" if pipeline.shard else "")
    status, created = live.get("status") or {}, live["metadata"].get("creationTimestamp")
    asked = (live["metadata"].get("annotations") or {}).get(REFRESH_ANNOTATION)
    patience = _DISCOVERY if condition(live, "Ready").get("reason") in _UNDER_WAY else _PATIENCE
    if asked and asked != status.get("lastHandledRefresh") and _age(asked) > patience:
        return failed(f"the refresh requested at {asked} was not handled", "a refresh handled within seconds", advice)
    if created and not status and _age(created) > _PATIENCE:
        return failed(f"not handled since its creation at {created}", "a status of Kargo's controller", advice)
    return None


def _discovery(subject: Subject, pipeline: Pipeline, discovery: Discovery, live: Mapping[str, Any]) -> Finding | None:
    """Return why nothing can become Freight; None if something can."""
    for kind in ("Ready", "Healthy"):
        if not condition(live, kind) or is_true(live, kind):
            continue
        reason = condition(live, kind).get("reason", "")
        if reason in _UNDER_WAY:
            return ok(f"the discovery is in progress: {described(live, kind)}")
        if reason != "MissingImageReferences" and _NO_SUCH_IMAGE not in message(live, kind):
            text = f"{reason}: {described(live, kind)}"
            if cause := discovery.cause:
                return failed(f"{text}; {cause.found}", cause.expected, cause.advice)
            return failed(
                text,
                "a successful discovery",
                f"{_login_advice(subject)}, and check the registry's certificate; then run: "
                + _refresh(subject, pipeline),
            )
        if not discovery.tags:
            return ok(f"no tag is pushed yet; polls every {live['spec'].get('interval')}")
        return _none_eligible(pipeline, discovery)
    return None


def _none_eligible(pipeline: Pipeline, discovery: Discovery) -> Finding:
    rules = pipeline.warehouse
    skips = {**discovery.no_versions, **discovery.other_platforms}
    wanted = (
        f"the tag {rules.constraint}"
        if rules.image_selection_strategy == "Digest"
        else f"a tag that matches {' or '.join(rules.allow_tags_regexes)}"
    )
    return failed(
        f"no tag of {len(discovery.tags)} in the registry is eligible" + (f": {listed(skips)}" if skips else ""),
        wanted + (f", with an image index for {rules.platform}" if rules.platform else ""),
        "correct pipelines[].warehouse in the stack's file, or push such a tag",
    )


def _newest(subject: Subject, pipeline: Pipeline, discovery: Discovery) -> Finding:
    """Check for tags that Kargo has not discovered."""
    if missed := discovery.missed:
        text = f"{missed[0]} is in the registry, but Kargo has not discovered it"
        if cause := discovery.cause:
            return failed(f"{text}: {cause.found}", cause.expected, cause.advice)
        server = "Gitea (ALLOWED_HOST_LIST)" if subject.stack.registry.kind == "gitea" else "GitHub"
        return failed(
            text,
            f"{missed[0]} discovered",
            f"check the rows of the receiver, and Recent Deliveries of the webhook in {server}; "
            f"to discover it now, run: {_refresh(subject, pipeline)}",
        )
    if not discovery.references:
        return ok("no tag is discovered yet")
    return ok(f"{discovery.references[0].get('tag')}, of {len(discovery.tags)} tags in the registry")


def _freight(subject: Subject, pipeline: Pipeline, discovery: Discovery) -> Finding:
    found = discovery.references
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


def _login_advice(subject: Subject) -> str:
    """Return what to check about Kargo's login. Without a login of the stack, any Secret that matches is used."""
    if subject.stack.registry.login:
        return "check the rows of the image registry login"
    shared = f"kubectl --context {subject.stack.kubernetes.context} --namespace {_SHARED} get secrets"
    return (
        "the stack has no registry.login, so Kargo signs in with any Secret that matches the image; renew or remove "
        f"it; list them with: {subject.kubectl(f'get secrets --selector {CRED_TYPE_LABEL}=image')}, and: "
        f"{shared} --selector {CRED_TYPE_LABEL}=image"
    )


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
