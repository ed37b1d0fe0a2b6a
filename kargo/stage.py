"""The Stage: where its Freight comes from, how it is promoted, and what verifies it."""

from typing import Any

from kargo.manifest import Manifest, manifest
from kargo.names import KARGO_API
from kargo.promotion import promotion_steps
from model.pipeline import Pipeline
from model.stack import Stack
from model.stage import Stage

_SELECTION = {"newest": "NewestFreight", "matchUpstream": "MatchUpstream"}
_AVAILABILITY = {"any": "OneOf", "all": "All"}


def stage_manifest(stage: Stage, pipeline: Pipeline, stack: Stack) -> Manifest:
    """Return a Stage of a pipeline."""
    spec = stage_spec(stage, pipeline, stack)
    return manifest(KARGO_API, "Stage", pipeline.stage_name(stage.name), stack.kargo.project, spec=spec)


def stage_spec(stage: Stage, pipeline: Pipeline, stack: Stack) -> dict[str, Any]:
    """Return the spec of a Kargo Stage.

    Args:
        stage: what to promote where.
        pipeline: the pipeline that `stage` belongs to; its Warehouse is the Freight's origin.
        stack: where the image lives, and where its reference and its copy go.
    """
    steps = promotion_steps(stage, pipeline, stack)
    spec: dict[str, Any] = {
        "requestedFreight": [
            {"origin": {"kind": "Warehouse", "name": pipeline.name}, "sources": _sources(stage, pipeline)}
        ],
        "promotionTemplate": {"spec": {"steps": steps}},
    }
    if pipeline.shard:
        spec["shard"] = pipeline.shard
    if stage.analysis_templates:
        spec["verification"] = {"analysisTemplates": [{"name": name} for name in stage.analysis_templates]}
    return spec


def _sources(stage: Stage, pipeline: Pipeline) -> dict[str, Any]:
    """Return where Freight comes from; what is Kargo's default is left to it."""
    if not stage.upstream:
        return {"direct": True}
    sources: dict[str, Any] = {"stages": [pipeline.stage_name(name) for name in stage.upstream]}
    if stage.availability != "any":
        sources["availabilityStrategy"] = _AVAILABILITY[stage.availability]
    if stage.soak_time:
        sources["requiredSoakTime"] = stage.soak_time
    if stage.selection != "newest":
        sources["autoPromotionOptions"] = {"selectionPolicy": _SELECTION[stage.selection]}
    return sources
