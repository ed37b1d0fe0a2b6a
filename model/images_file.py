"""The place in an images file that a Promotion writes, and the reference that it writes there."""

from dataclasses import dataclass

from model.git_ops import GitOps
from model.pipeline import Pipeline
from model.stage import Stage
from model.types.placeholders import filled


@dataclass(frozen=True)
class Place:
    """A key `environment.app` in an images file of the GitOps repository."""

    branch: str
    file: str
    key: str


def place_of(stage: Stage, pipeline: Pipeline, git_ops: GitOps) -> Place:
    """Return the place of a Stage's reference: the Stage's own branch and file, else the repository's."""
    names = {"app": pipeline.app, "environment": stage.environment, "pipeline": pipeline.name, "stage": stage.name}
    file = filled(stage.images_file or git_ops.images_file, names)
    return Place(stage.branch or git_ops.branch, file, f"{stage.environment}.{pipeline.app}")


def reference(pipeline: Pipeline, repository: str, tag: str, digest: str) -> str:
    """Return the reference of an image in the form that the pipeline commits. Tag and digest may be expressions."""
    forms = {"tag": f":{tag}", "digest": f"@{digest}", "tagAndDigest": f":{tag}@{digest}"}
    return f"{repository}{forms[pipeline.reference]}"
