"""The places in the GitOps repository that the Promotions of a stack write."""

from typing import Any

from model.git_ops import GitOps
from model.images_file import place_of
from model.stack import Stack
from model.stage import Stage


def targets(stack: Stack) -> list[dict[str, Any]]:
    """Return the arguments of a `clients.targets.Target` for each Stage."""
    return [
        {
            "branch": place.branch,
            "file": place.file,
            "key": place.key,
            "pushed": stage.promote_by == "push",
            **_merged(stage, stack.git_ops),
        }
        for pipeline in stack.pipelines
        for stage in pipeline.stages
        for place in [place_of(stage, pipeline, stack.git_ops)]
    ]


def _merged(stage: Stage, git_ops: GitOps) -> dict[str, str]:
    """Return the method with which Kargo merges, for Gitea only: on GitHub Kargo waits until it may merge."""
    merges = git_ops.provider == "gitea" and stage.promote_by == "pullRequest" and stage.pull_request.merge
    return {"merge": stage.pull_request.merge_method or "merge"} if merges else {}
