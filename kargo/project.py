"""The Kargo project: the namespace, the Project, and the ProjectConfig."""

import hashlib
from collections.abc import Mapping

from kargo.manifest import Manifest, manifest
from kargo.names import KARGO_API, KEEP_NAMESPACE_ANNOTATION, PROJECT_LABEL
from kargo.receivers import receivers
from model.stack import Stack


def namespace_manifest(stack: Stack) -> Manifest:
    """Return the namespace; Kargo 1.11 adopts one with this label for the Project of the same name."""
    return manifest("v1", "Namespace", stack.kargo.project, labels={PROJECT_LABEL: "true"})


def project_manifest(stack: Stack) -> Manifest:
    """Return the Project.

    In production the namespace stays if a user deletes the Project in Kargo, and a new Project adopts it.
    """
    kept = {KEEP_NAMESPACE_ANNOTATION: "true"} if stack.environment == "production" else {}
    return manifest(KARGO_API, "Project", stack.kargo.project, annotations=kept)


def project_config_manifest(stack: Stack) -> Manifest:
    """Return the ProjectConfig: promotion policies by exact Stage name, and the receivers.

    It has its project's name (Kargo 1.11).
    """
    project = stack.kargo.project
    policies = [
        {"stageSelector": {"name": pipeline.stage_name(stage.name)}, "autoPromotionEnabled": True}
        for pipeline in stack.pipelines
        for stage in pipeline.stages
        if stage.auto_promotion
    ]
    spec = {
        "promotionPolicies": policies,
        "webhookReceivers": [receiver.spec(project) for receiver in receivers(stack)],
    }
    return manifest(KARGO_API, "ProjectConfig", project, project, spec=spec)


def refresh_token(paths: Mapping[str, str]) -> str:
    """Return a token that depends on the receivers' paths without revealing them.

    Kargo 1.11 does not watch Secrets. A new value of `kargo.akuity.io/refresh` makes it derive the paths again, and it
    reports the last value that it handled.
    """
    joined = "\n".join(f"{name} {path}" for name, path in sorted(paths.items()))
    return hashlib.sha256(f"refresh\n{joined}".encode()).hexdigest()[:16]
