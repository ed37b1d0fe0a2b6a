"""The ProjectConfig: who may promote by itself, and which webhooks are received."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from kargo.manifest import Manifest, manifest
from kargo.names import KARGO_API
from kargo.receivers import Receiver, receivers
from model.pipeline import Pipeline
from model.stack import Stack


def project_config_manifest(stack: Stack) -> Manifest:
    """Return the ProjectConfig, which has its project's name (Kargo 1.11)."""
    project = stack.kargo.project
    spec = project_config_spec(project, stack.pipelines, receivers(stack))
    return manifest(KARGO_API, "ProjectConfig", project, project, spec=spec)


def project_config_spec(
    project: str, pipelines: Sequence[Pipeline], project_receivers: Sequence[Receiver]
) -> dict[str, Any]:
    """Return the ProjectConfig's spec: promotion policies by exact Stage name, and the receivers.

    Args:
        project: the Kargo Project.
        pipelines: all pipelines of the project.
        project_receivers: its receivers; names must differ.
    """
    return {
        "promotionPolicies": [
            {"stageSelector": {"name": pipeline.stage_name(stage.name)}, "autoPromotionEnabled": True}
            for pipeline in pipelines
            for stage in pipeline.stages
            if stage.auto_promotion
        ],
        "webhookReceivers": [receiver.spec(project) for receiver in project_receivers],
    }


def refresh_token(paths: Mapping[str, str]) -> str:
    """Return a token that changes with any receiver's path and does not give it away.

    Kargo 1.11 does not watch Secrets: another value of `kargo.akuity.io/refresh` makes it derive the paths again, and
    it reports the value that it handled last.
    """
    joined = "\n".join(f"{name} {path}" for name, path in sorted(paths.items()))
    return hashlib.sha256(f"refresh\n{joined}".encode()).hexdigest()[:16]
