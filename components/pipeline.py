"""A promotion pipeline: one Warehouse and the Stages it feeds.

Owns what becomes Freight and how it is promoted. Who may promote by itself is the ProjectConfig's (`KargoProject`).
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
from model.stage import Stage


def _former(pipeline: str, stage: Stage) -> list[pulumi.Alias]:
    """Return the name that a Stage's resource had before, so that a renamed one is replaced and not made beside it."""
    return [pulumi.Alias(name=f"{pipeline}-stage-{stage.formerly}")] if stage.formerly else []


@dataclass(frozen=True)
class PipelineArgs:
    """What is promoted, from where and to where.

    Args:
        pipeline: image, Warehouse and Stages.
        stack: whose pipeline it is; says where the image lives, and where references and copies of it go.
        owner: the stack, as its objects know it.
    """

    pipeline: Pipeline
    stack: Stack
    owner: Owner


class PromotionPipeline(pulumi.ComponentResource):
    """A Warehouse and its Stages.

    Neither is waited for: a Warehouse is not Ready while the registry is empty (Kargo 1.11).

    Args:
        name: Pulumi name.
        args: what is promoted.
        opts: Pulumi options; must carry the Kubernetes provider.

    Attributes:
        image: the image's name below its registry's owner.
        image_repository: the image's repository.
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
        pipeline = args.pipeline
        warehouse = KubernetesObject(
            f"{name}-warehouse",
            warehouse_manifest(pipeline, args.stack),
            args.owner,
            pulumi.ResourceOptions(parent=self),
        )
        stages = [
            KubernetesObject(
                f"{name}-stage-{stage.name}",
                stage_manifest(stage, pipeline, args.stack),
                args.owner,
                pulumi.ResourceOptions(parent=self, depends_on=[warehouse], aliases=_former(name, stage)),
            )
            for stage in pipeline.stages
        ]
        self.image = pipeline.image
        self.image_repository = args.stack.registry.image_repository(pipeline.image)
        self.warehouse = warehouse.id.apply(lambda _: pipeline.name)
        self.stages = pulumi.Output.all(*[stage.id for stage in stages]).apply(
            lambda _: [pipeline.stage_name(stage.name) for stage in pipeline.stages]
        )
        self.register_outputs({"warehouse": self.warehouse, "stages": self.stages})
