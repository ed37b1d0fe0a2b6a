"""The identity of the stack's cluster: the uid of its namespace `kube-system`, which every cluster has.

The state of the Kubernetes objects does not name their cluster. If a cluster was recreated under the same kubeconfig
context, a plain `up` would find nothing to change. So it ends with an error, and `up --refresh` continues: it reads the
new identity, creates the missing objects, and runs each check that has the identity as an input.
"""

from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.provider import Cluster, Provider, inputs_of, tell

# A preview without a cluster, as in CI, waits no longer.
_COMPARISON_SECONDS = 3.0


class ClusterIdentityProvider(Provider):
    """Reads the identity, and compares it."""

    updating = ("context", "kubeconfig")

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Read the identity."""
        return dynamic.CreateResult("cluster", {**props, "uid": _uid(props)})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Compare the identity with the recorded one.

        Raises:
            ServiceError: the context is the same, but the cluster is another one.
        """
        from clients.connection import ServiceError  # noqa: PLC0415 - only the provider's own process speaks HTTP

        moved = super().diff(_id, _olds, _news)
        if moved.changes:
            return moved
        live, recorded = _uid(_news), _olds["uid"]
        if live and recorded and live != recorded:
            raise ServiceError(
                f"context '{_news['context']}' is another cluster than at the last up, so its objects are "
                "missing there; nothing was changed. To deploy to it, run: pulumi up --refresh"
            )
        return dynamic.DiffResult(changes=bool(live and not recorded))

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """Return the current identity."""
        return dynamic.ReadResult(id_, {**props, "uid": _uid(props) or props["uid"]})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Read the identity in the stack's new context."""
        return dynamic.UpdateResult({**_news, "uid": _uid(_news)})


def _uid(props: dict[str, Any]) -> str:
    """Return the identity; empty, with a line for the user, if it cannot be read."""
    from clients.cluster import Cluster as Api  # noqa: PLC0415 - only the provider's own process speaks HTTP
    from clients.connection import ServiceError  # noqa: PLC0415

    try:
        return Api(props["kubeconfig"], props["context"], _COMPARISON_SECONDS).uid()
    except ServiceError as error:
        tell(f"the cluster was not compared with the cluster of the last up: {error}")
        return ""


class ClusterIdentity(dynamic.Resource, name="ClusterIdentity"):
    """The cluster of the last `up`.

    Args:
        cluster: the cluster.

    Attributes:
        uid: the identity; empty if the kubeconfig's user may not read the namespace `kube-system`.
    """

    uid: pulumi.Output[str]

    def __init__(self, name: str, cluster: Cluster) -> None:
        props = {**inputs_of(cluster), "uid": None}
        super().__init__(ClusterIdentityProvider(), name, props)
