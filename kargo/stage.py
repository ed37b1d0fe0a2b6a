"""The Stage: the sources of its Freight, its promotion steps, and its verification."""

from typing import Any

from kargo.backstage import backstage_labels
from kargo.manifest import Manifest, manifest
from kargo.names import KARGO_API
from kargo.promotion import promotion_steps
from model.pipeline import Pipeline
from model.stack import Stack
from model.stage import Stage, Verification


def stage_manifest(stage: Stage, pipeline: Pipeline, stack: Stack) -> Manifest:
    """Return a Stage. The Warehouse of its pipeline is the origin of the Freight."""
    spec: dict[str, Any] = {
        "requestedFreight": [
            {"origin": {"kind": "Warehouse", "name": pipeline.name}, "sources": _sources(stage, pipeline)}
        ],
        "promotionTemplate": {"spec": {"steps": promotion_steps(stage, pipeline, stack)}},
    }
    if pipeline.shard:
        spec["shard"] = pipeline.shard
    if stage.verification:
        spec["verification"] = _verification(stage.verification)
    name, labels = pipeline.stage_name(stage.name), backstage_labels(pipeline)
    return manifest(KARGO_API, "Stage", name, stack.kargo.project, labels=labels, spec=spec)


def _sources(stage: Stage, pipeline: Pipeline) -> dict[str, Any]:
    """Return the sources of the Freight, without the fields that have Kargo's default."""
    if not stage.upstream:
        return {"direct": True}
    sources: dict[str, Any] = {"stages": [pipeline.stage_name(name) for name in stage.upstream]}
    if stage.availability_strategy != "OneOf":
        sources["availabilityStrategy"] = stage.availability_strategy
    if stage.required_soak_time:
        sources["requiredSoakTime"] = stage.required_soak_time
    if stage.selection_policy != "NewestFreight":
        sources["autoPromotionOptions"] = {"selectionPolicy": stage.selection_policy}
    return sources


def _verification(verification: Verification) -> dict[str, Any]:
    templates = [{"name": template.name, "kind": template.kind} for template in verification.analysis_templates]
    found: dict[str, Any] = {"analysisTemplates": templates}
    if verification.args:
        found["args"] = [{"name": argument.name, "value": argument.value} for argument in verification.args]
    return found
