"""Backstage's promotion pipeline: one Warehouse and the Stages it feeds.

Owns what becomes Freight and how it is promoted. Who may promote by itself is the ProjectConfig's (`KargoProject`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components.kubernetes_object import KARGO_API
from components.stage import GitOpsRepository, Stage, stage_spec


@dataclass(frozen=True)
class BackstagePipelineArgs:
    """What the pipeline promotes.

    Args:
        namespace: the Kargo project's namespace.
        warehouse: name of the Warehouse.
        warehouse_spec: its spec, from `components.warehouse`.
        image_repository: the image that it subscribes to.
        stages: the Stages; upstream names must be among them.
        repository: the GitOps repository.
    """

    namespace: pulumi.Input[str]
    warehouse: str
    warehouse_spec: dict[str, Any]
    image_repository: str
    stages: Sequence[Stage]
    repository: GitOpsRepository


class BackstagePipeline(pulumi.ComponentResource):
    """A Warehouse and its Stages.

    Neither is waited for: a Warehouse is not Ready while the registry is empty (Kargo 1.11).

    Args:
        name: Pulumi name.
        args: what the pipeline promotes.
        opts: Pulumi options; must carry the Kubernetes provider.

    Attributes:
        warehouse: name of the Warehouse, known when it exists.
        stages: names of the Stages, known when they exist.
    """

    warehouse: pulumi.Output[str]
    stages: pulumi.Output[list[str]]

    def __init__(self, name: str, args: BackstagePipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:BackstagePipeline", name, {}, opts)
        warehouse = CustomResource(
            f"{name}-warehouse",
            api_version=KARGO_API,
            kind="Warehouse",
            metadata={"name": args.warehouse, "namespace": args.namespace},
            spec=args.warehouse_spec,
            opts=pulumi.ResourceOptions(parent=self),
        )
        stages = [
            CustomResource(
                f"{name}-stage-{stage.name}",
                api_version=KARGO_API,
                kind="Stage",
                metadata={"name": stage.name, "namespace": args.namespace},
                spec=stage_spec(stage, args.warehouse, args.image_repository, args.repository),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[warehouse]),
            )
            for stage in args.stages
        ]
        self.warehouse = warehouse.id.apply(lambda _: args.warehouse)
        self.stages = pulumi.Output.all(*[s.id for s in stages]).apply(lambda _: [s.name for s in args.stages])
        self.register_outputs({"warehouse": self.warehouse, "stages": self.stages})
