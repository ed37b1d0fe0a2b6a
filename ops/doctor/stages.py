"""Checks of the Stages: their last Promotions, and Freight that is not promoted."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from clients.conditions import condition, described, message
from model.pipeline import Pipeline
from model.stage import Stage
from ops.doctor.finding import Check, Finding, failed, ok
from ops.doctor.objects import check_object
from ops.doctor.subject import Subject

_BAD = ("Errored", "Failed")
# Kargo's reason if it cannot reconcile a Stage, for example because a PromotionTask is missing (1.11).
_CANNOT = "ReconcileError"
# Kargo's message if its controller started without Argo Rollouts (1.11).
_NO_ROLLOUTS = "Rollouts integration is disabled"


def checks(subject: Subject) -> Iterator[Check]:
    """Yield a check of each Stage."""
    for pipeline in subject.stack.pipelines:
        for stage in pipeline.stages:
            name = pipeline.stage_name(stage.name)
            status = partial(_stage, subject, stage, pipeline)
            yield f"Stage {name}", partial(check_object, subject, "Stage", name, status)


def _stage(subject: Subject, stage: Stage, pipeline: Pipeline, live: Mapping[str, Any]) -> Finding:
    if condition(live, "Ready").get("reason") == _CANNOT:
        return failed(
            described(live, "Ready"),
            "a Stage that Kargo can reconcile",
            f"fix the reported cause, or run: {subject.again}",
        )
    status = live.get("status") or {}
    last = status.get("lastPromotion")
    if last and (last.get("status") or {}).get("phase") in _BAD:
        promotion = subject.kargo("Promotion", last["name"])
        return failed(
            f"Promotion of {_tag(last.get('freight'))}: {_failure(promotion)}",
            "a Promotion that succeeds",
            "fix the reported cause, then push another tag or promote by hand; Kargo does not automatically promote "
            "this Freight again",
        )
    if current := status.get("currentPromotion"):
        return ok(f"promoting {_tag(current.get('freight'))}")
    has = f"{_tag(last.get('freight'))} is promoted" if last else "nothing is promoted yet"
    if condition(live, "Verified").get("status") == "False":
        return _unverified(subject, live, has)
    if held := {**(status.get("autoPromotionHolds") or {}), **(status.get("effectiveAutoPromotionHolds") or {})}:
        return ok(f"{has}; automatic promotion is on hold after a manual promotion ({len(held)} hold)")
    if stage.auto_promotion and not stage.upstream and (waiting := _waiting(subject, pipeline, last)):
        return failed(
            f"{has}; {waiting} is newer and is not promoted",
            f"{waiting} promoted automatically",
            "check that Kargo's controller runs, and check the Stage's conditions: "
            + subject.kubectl(f"describe stage {live['metadata']['name']}"),
        )
    return ok(has)


def _unverified(subject: Subject, live: Mapping[str, Any], has: str) -> Finding:
    """Return the finding about a verification that has ended without success. Kargo does not repeat it."""
    reason = message(live, "Verified")
    if _NO_ROLLOUTS in reason:
        fix = (
            "install Argo Rollouts, set the chart value controller.rollouts.integrationEnabled: true of Kargo and "
            "restart its controller; or remove `verification` from the Stage"
        )
    else:
        fix = "fix the reported cause"
    again = f"kargo verify stage --project {subject.project} {live['metadata']['name']}"
    return failed(
        f"{has}, but is not verified and goes to no downstream Stage: {reason}",
        "a verification that succeeds",
        f"{fix}; then click Reverify in Kargo's UI, or run: {again}",
    )


def _waiting(subject: Subject, pipeline: Pipeline, last: Mapping[str, Any] | None) -> str | None:
    """Return the tag of Freight that is newer than the last promoted Freight; None if no Freight is newer."""
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
    """Return the failed step and its message."""
    status = promotion.get("status") or {}
    records = status.get("stepExecutionMetadata") or []
    bad = [record for record in records if record.get("status") in _BAD and not record.get("continueOnError")]
    message = " ".join(str((bad[-1].get("message") if bad else None) or status.get("message") or "").split())
    step = f" at step {bad[-1].get('alias')}" if bad else ""
    return f"{status.get('phase')}{step}: {message}"
