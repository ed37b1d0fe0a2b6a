"""The namespace and the Project that hold everything else."""

from kargo.manifest import Manifest, manifest
from kargo.names import KARGO_API, KEEP_NAMESPACE_ANNOTATION, PROJECT_LABEL
from model.stack import Stack


def namespace_manifest(stack: Stack) -> Manifest:
    """Return the namespace; Kargo 1.11 adopts one with this label for the Project of the same name."""
    return manifest("v1", "Namespace", stack.kargo.project, labels={PROJECT_LABEL: "true"})


def project_manifest(stack: Stack) -> Manifest:
    """Return the Project.

    In production a Project that somebody deletes in Kargo leaves its namespace, which a new Project adopts.
    """
    kept = {KEEP_NAMESPACE_ANNOTATION: "true"} if stack.environment == "production" else {}
    return manifest(KARGO_API, "Project", stack.kargo.project, annotations=kept)
