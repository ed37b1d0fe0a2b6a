"""The check that the stack's cluster answers."""

import pulumi

from clients.cluster import Cluster as Api
from clients.cluster import UnreachableClusterError
from clients.connection import ServiceError
from model.cluster import Cluster


def require_reachable(cluster: Cluster) -> None:
    """Require an answer of the cluster. Without this, an `up` without changes would succeed and not notice.

    Raises:
        pulumi.RunError: it does not answer; one line.
    """
    try:
        Api(cluster.kubeconfig or "", cluster.context).get("the API server's version", "/version")
    except UnreachableClusterError as error:
        raise pulumi.RunError(f"{error}; check that the cluster runs, and that this machine reaches it") from None
    except ServiceError as error:
        raise pulumi.RunError(str(error)) from None
