"""The Stage: where its Freight comes from, and how it is promoted."""

from typing import Any

from kargo.steps import promotion_steps
from model.git_ops import GitOps
from model.pipeline import Pipeline, Stage
from model.registry import Registry


def stage_spec(stage: Stage, pipeline: Pipeline, registry: Registry, git_ops: GitOps) -> dict[str, Any]:
    """Return the spec of a Kargo Stage.

    Args:
        stage: what to promote where.
        pipeline: the pipeline that `stage` belongs to; its Warehouse is the Freight's origin.
        registry: where the image lives.
        git_ops: where the reference is committed.
    """
    upstream = [pipeline.stage_name(name) for name in stage.upstream]
    return {
        "requestedFreight": [
            {
                "origin": {"kind": "Warehouse", "name": pipeline.name},
                "sources": {"stages": upstream} if upstream else {"direct": True},
            }
        ],
        "promotionTemplate": {
            "spec": {"steps": promotion_steps(stage, pipeline.app, registry.image_repository(pipeline.image), git_ops)}
        },
    }
