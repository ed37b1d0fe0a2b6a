"""A Kubernetes object as a plain value, for components and for the doctor."""

from typing import Any

Manifest = dict[str, Any]


def manifest(api_version: str, kind: str, name: str, namespace: str | None = None, **fields: Any) -> Manifest:
    """Return an object.

    Args:
        api_version: such as `v1` or `kargo.akuity.io/v1alpha1`.
        kind: the object's kind.
        name: `metadata.name`.
        namespace: `metadata.namespace`; None for a cluster-scoped object.
        fields: `labels` and `annotations`, left out if they are empty, and the object's other top-level fields.
    """
    metadata: dict[str, Any] = {"name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    for key in ("labels", "annotations"):
        if value := fields.pop(key, None):
            metadata[key] = value
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}
