"""Whether the cluster that the stack may change can be reached."""

import pulumi

from clients.cluster import Cluster as Api
from clients.connection import ServiceError
from model.cluster import Cluster


def require_reachable(cluster: Cluster) -> None:
    """End the run if the cluster does not answer; an `up` that changes nothing would end well without having asked it.

    Args:
        cluster: the cluster that the stack names.

    Raises:
        pulumi.RunError: it does not answer; one line.
    """
    try:
        Api(cluster.kubeconfig or "", cluster.context).get("the API server's version", "/version")
    except ServiceError as error:
        raise pulumi.RunError(f"{error}; check that the cluster runs, and that this machine reaches it") from None
