"""The versions that the end-to-end tests ran on, for the table in docs/compatibility.md."""

from collections.abc import Iterator
from importlib.metadata import version

from clients import kargo_release
from clients.cluster import Cluster
from clients.connection import ServiceError
from sandbox import plugins
from sandbox.layout import Layout
from sandbox.real import external_secrets, kargo
from sandbox.stack import Stack
from tests.e2e.place import Place, is_named


def versions(place: Place, stack: Stack) -> Iterator[str]:
    """Yield a line for each part of a platform: its name, its version, and whether a stand-in took its place."""
    cluster = Cluster(str(place.kubeconfig), place.context)
    here = Layout.from_environment()
    yield f"Kubernetes {cluster.get('the version', '/version').get('gitVersion')}"
    yield f"Kargo {_kargo(cluster)}{'' if is_named() or kargo.found(here) else ', stand-in'}"
    yield f"External Secrets {_secrets(cluster)}{'' if is_named() or external_secrets.found(here) else ', stand-in'}"
    with place.gitea() as gitea:
        yield f"Gitea {gitea.get('/version').json()['version']}"
    yield f"Pulumi {stack.call('version').stdout.strip()}, SDK {version('pulumi')}"
    imitated = ", stand-in" if "pulumi-resource-kubernetes" in plugins.standins(stack.layout) else ""
    yield f"Kubernetes provider {version('pulumi-kubernetes')}{imitated}"


def _kargo(cluster: Cluster) -> str:
    found = kargo_release.release(cluster)
    return kargo_release.written(found) + ("" if len(found) > 2 else " (by its CRDs)") if found else "unknown"


def _secrets(cluster: Cluster) -> str:
    try:
        found = kargo_release.versions(cluster, "external-secrets")
    except ServiceError:
        found = []
    return kargo_release.written(min(found)) if found else "unknown"
