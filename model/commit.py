"""What a Promotion to a Stage commits where."""

from dataclasses import dataclass

from model.git_ops import GitOps
from model.pipeline import Pipeline
from model.stage import Stage
from model.texts.placeholders import filled


@dataclass(frozen=True)
class Place:
    """A key in an images file of the GitOps repository.

    Args:
        branch: the branch.
        file: path of the file.
        key: `environment.app`.
    """

    branch: str
    file: str
    key: str


def place_of(stage: Stage, pipeline: Pipeline, git_ops: GitOps) -> Place:
    """Return where a Stage's reference is written: the Stage's own branch and file, else those of the repository."""
    names = {
        "app": pipeline.app,
        "environment": stage.environment,
        "pipeline": pipeline.name,
        "stage": stage.name,
    }
    file = filled(stage.images_file or git_ops.images_file, names)
    return Place(stage.branch or git_ops.branch, file, f"{stage.environment}.{pipeline.app}")
