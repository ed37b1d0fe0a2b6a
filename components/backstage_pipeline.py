"""A pipeline: one Warehouse and the Stages that it feeds.

Owns the objects of the pipeline. The promotion policies of its Stages belong to the ProjectConfig (`KargoProject`).
"""

from dataclasses import dataclass
from typing import ClassVar

import pulumi

from components.kubernetes import KubernetesObject
from components.owner import Owner
from kargo.stage import stage_manifest
from kargo.warehouse import warehouse_manifest
from model.pipeline import Pipeline
from model.stack import Stack

BACKSTAGE = "backstage"


@dataclass(frozen=True)
class PipelineArgs:
    """Arguments of `PromotionPipeline`."""

    pipeline: Pipeline
    stack: Stack
    owner: Owner


class PromotionPipeline(pulumi.ComponentResource):
    """A Warehouse and its Stages.

    `up` waits for neither: a Warehouse is not Ready while the registry is empty (Kargo 1.11).

    Attributes:
        image: name of the image, without the registry and its owner.
        image_repository: repository of the image.
        warehouse: name of the Warehouse, known when it exists.
        stages: names of the Stages in Kargo, known when they exist.
    """

    token: ClassVar[str] = "kargo-backstage:index:PromotionPipeline"  # noqa: S105 - Pulumi's type token

    image: str
    image_repository: str
    warehouse: pulumi.Output[str]
    stages: pulumi.Output[list[str]]

    def __init__(self, name: str, args: PipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.token, name, {}, opts)
        pipeline, stack, owner = args.pipeline, args.stack, args.owner
        inside = pulumi.ResourceOptions(parent=self)
        warehouse = KubernetesObject(f"{name}-warehouse", warehouse_manifest(pipeline, stack), owner, inside)
        fed = pulumi.ResourceOptions(parent=self, depends_on=[warehouse])
        stages = [
            KubernetesObject(f"{name}-stage-{stage.name}", stage_manifest(stage, pipeline, stack), owner, fed)
            for stage in pipeline.stages
        ]
        self.image = pipeline.image
        self.image_repository = stack.registry.image_repository(pipeline.image)
        self.warehouse = warehouse.id.apply(lambda _: pipeline.name)
        self.stages = pulumi.Output.all(*[stage.id for stage in stages]).apply(
            lambda _: [pipeline.stage_name(stage.name) for stage in pipeline.stages]
        )
        self.register_outputs({"warehouse": self.warehouse, "stages": self.stages})


class BackstagePipeline(PromotionPipeline):
    """The pipeline `backstage`: a resource type of its own for previews, policies and `--target`, and nothing else."""

    token = "kargo-backstage:index:BackstagePipeline"  # noqa: S105 - Pulumi's type token


def pipeline_component(name: str) -> type[PromotionPipeline]:
    """Return the component for the pipeline `name`."""
    return BackstagePipeline if name == BACKSTAGE else PromotionPipeline
