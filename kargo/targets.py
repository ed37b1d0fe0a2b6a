"""The places in the GitOps repository that the Promotions of a stack write."""

from typing import Any

from model.images_file import place_of
from model.stack import Stack


def targets(stack: Stack) -> list[dict[str, Any]]:
    """Return the arguments of a `clients.targets.Target` for each Stage."""
    return [
        {"branch": place.branch, "file": place.file, "key": place.key, "pushed": stage.promote_by == "push"}
        for pipeline in stack.pipelines
        for stage in pipeline.stages
        for place in [place_of(stage, pipeline, stack.git_ops)]
    ]
