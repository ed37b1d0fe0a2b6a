"""Whether the cluster that the stack may change can be reached."""

from collections.abc import Iterator

from clients.cluster import Cluster as Api
from clients.connection import ServiceError
from model.cluster import Cluster
from model.problem import Problem


def reachability_problems(cluster: Cluster) -> Iterator[Problem]:
    """Say if the cluster does not answer; an `up` that changes nothing would end well without having looked at it.

    Args:
        cluster: the cluster that the stack names.
    """
    try:
        Api(cluster.kubeconfig or "", cluster.context).get("the API server's version", "/version")
    except ServiceError as error:
        yield Problem("kubernetes.context", f"{error}; check that the cluster runs, and that this machine reaches it")
