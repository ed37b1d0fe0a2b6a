"""The release of Kargo in a cluster: its version in its Deployments, else its line by the fields of its CRDs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from clients.cluster import Cluster, object_path
from clients.connection import ServiceError

Version = tuple[int, ...]

# Kargo's only line with security fixes, since September 2026.
SUPPORTED: Version = (1, 12)
ADVISORIES = "https://github.com/akuity/kargo/security/advisories"
# A field that the CRDs of each line added, the newest line first (charts/kargo/resources/crds of v1.8.0 to v1.11.0, and
# Kargo's main of August 2026).
_ADDED: Mapping[Version, tuple[str, str]] = {
    (1, 12): ("ProjectConfig", "promotionWindows"),
    (1, 11): ("ProjectConfig", "freightLinks"),
    (1, 10): ("ClusterConfig", "gitClient"),
    (1, 9): ("ProjectConfig", "webhookReceivers.generic"),
    (1, 8): ("ProjectConfig", "webhookReceivers"),
}
_GROUP, _VERSION = "kargo.akuity.io", "v1alpha1"


def written(version: Version) -> str:
    """Return a version as `1.11` or `1.11.2`."""
    return ".".join(map(str, version))


def versions(cluster: Cluster, name: str) -> list[Version]:
    """Return the versions that a chart's Deployments run: the tags of their images, else their labels.

    Args:
        cluster: the cluster.
        name: name of the chart, which its Deployments have in the label `app.kubernetes.io/name`.

    Raises:
        NotAllowedError: if this user may not list Deployments.
    """
    path = f"{object_path('apps/v1', 'deployments')}?labelSelector=app.kubernetes.io/name={name}"
    deployments = cluster.items(f"the Deployments of {name}", path)
    return [version for deployment in deployments if (version := _version(deployment, name))]


def line(cluster: Cluster) -> Version | None:
    """Return Kargo's line, such as `(1, 11)`, by the fields of its CRDs; None if the cluster does not show them.

    Every user of a cluster may read its OpenAPI document (role `system:discovery`). A line after the newest that this
    module knows is reported as that one.
    """
    try:
        document = cluster.get("Kargo's OpenAPI document", f"/openapi/v3/apis/{_GROUP}/{_VERSION}")
    except ServiceError:
        return None
    specs = dict(_specs(document))
    return next((number for number, (kind, path) in _ADDED.items() if _has(specs.get(kind, {}), path)), None)


def release(cluster: Cluster) -> Version | None:
    """Return Kargo's version if its Deployments show it, else its line; None if neither is known."""
    try:
        if found := versions(cluster, "kargo"):
            return min(found)
    except ServiceError:
        pass
    return line(cluster)


def is_older(version: Version, least: Version) -> bool:
    """Return whether a version is older than another. A line is only compared with the other's line."""
    return version < least[: len(version)]


def _version(deployment: Mapping[str, Any], name: str) -> Version | None:
    template = ((deployment.get("spec") or {}).get("template") or {}).get("spec") or {}
    images = [str(container.get("image", "")) for container in template.get("containers") or []]
    tags = [found[1] for image in images if (found := re.search(rf"/{re.escape(name)}:(v?\d[^@]*)", image))]
    label = (deployment["metadata"].get("labels") or {}).get("app.kubernetes.io/version", "")
    numbers = (re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", text) for text in (*tags, label))
    return next((tuple(int(part) for part in found.groups() if part) for found in numbers if found), None)


def _specs(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the kind and the schema of the spec of each of Kargo's kinds."""
    for schema in ((document.get("components") or {}).get("schemas") or {}).values():
        for kind in schema.get("x-kubernetes-group-version-kind") or []:
            if (kind.get("group"), kind.get("version")) == (_GROUP, _VERSION):
                yield str(kind.get("kind")), (schema.get("properties") or {}).get("spec") or {}


def _has(schema: Mapping[str, Any], path: str) -> bool:
    head, _, rest = path.partition(".")
    found = ((schema.get("items") or schema).get("properties") or {}).get(head)
    return found is not None and (not rest or _has(found, rest))
