"""What a Stage has: its last Promotion, and whether one is missing."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from clients.cluster import AbsentError
from model.pipeline import Pipeline
from model.stage import Stage
from ops.doctor.conditions import condition, said
from ops.doctor.finding import Finding, Link, broken, ok
from ops.doctor.objects import unlike
from ops.doctor.subject import Subject

_BAD = ("Errored", "Failed")
# Kargo's reason where it cannot reconcile a Stage at all, such as for want of a PromotionTask (1.11).
_CANNOT = "ReconcileError"


def links(subject: Subject) -> Iterator[Link]:
    """Yield each Stage."""
    for pipeline in subject.stack.pipelines:
        for stage in pipeline.stages:
            yield f"Stage {pipeline.stage_name(stage.name)}", partial(_stage, subject, stage, pipeline)


def _stage(subject: Subject, stage: Stage, pipeline: Pipeline) -> Finding:
    name = pipeline.stage_name(stage.name)
    try:
        live = subject.kargo("Stage", name)
    except AbsentError:
        return broken("not there", "a Stage", subject.again)
    if different := unlike(subject, live, "Stage", name):
        return different
    if condition(live, "Ready").get("reason") == _CANNOT:
        return broken(said(live, "Ready"), "a Stage that Kargo can reconcile", f"do what it says, or: {subject.again}")
    status = live.get("status") or {}
    last = status.get("lastPromotion")
    if last and (last.get("status") or {}).get("phase") in _BAD:
        promotion = subject.kargo("Promotion", last["name"])
        return broken(
            f"{_tag(last.get('freight'))}: {_failure(promotion)}",
            "a Promotion that succeeds",
            "correct what it says; Kargo does not promote this Freight again by itself, so push another tag, or "
            "promote it by hand",
        )
    if current := status.get("currentPromotion"):
        return ok(f"promoting {_tag(current.get('freight'))}")
    has = f"has {_tag(last.get('freight'))}" if last else "nothing promoted yet"
    if held := {**(status.get("autoPromotionHolds") or {}), **(status.get("effectiveAutoPromotionHolds") or {})}:
        return ok(f"{has}; held by hand ({len(held)} hold)")
    if stage.auto_promotion and not stage.upstream and (waiting := _waiting(subject, pipeline, last)):
        return broken(
            f"{has}; {waiting} is there and is not promoted",
            f"{waiting} promoted by itself",
            "see that Kargo's controller runs, and the Stage's conditions: "
            + subject.kubectl(f"describe stage {name}"),
        )
    return ok(has)


def _waiting(subject: Subject, pipeline: Pipeline, last: Mapping[str, Any] | None) -> str | None:
    """Return the tag of Freight that is newer than what was promoted last; None where there is none."""
    freight = subject.freight(pipeline)
    if not freight:
        return None
    newest = max(freight, key=lambda live: str(live["metadata"]["creationTimestamp"]))
    if last and (last.get("freight") or {}).get("name") == newest["metadata"]["name"]:
        return None
    return _tag(newest)


def _tag(freight: Mapping[str, Any] | None) -> str:
    images = (freight or {}).get("images") or [{}]
    return str(images[0].get("tag"))


def _failure(promotion: Mapping[str, Any]) -> str:
    """Return the step that failed and what it says."""
    status = promotion.get("status") or {}
    records = status.get("stepExecutionMetadata") or []
    bad = [record for record in records if record.get("status") in _BAD and not record.get("continueOnError")]
    message = " ".join(str((bad[-1].get("message") if bad else None) or status.get("message") or "").split())
    return f"{status.get('phase')} at {bad[-1].get('alias')}: {message}" if bad else f"{status.get('phase')}: {message}"
