"""The cluster that a stack may change."""

from model.texts.plain import NonEmpty
from model.value import Value


class Cluster(Value):
    """One context of a kubeconfig; no other is touched."""

    context: NonEmpty
    """kubeconfig context that this stack may change"""

    kubeconfig: NonEmpty | None = None
    """path of the kubeconfig; without it `KUBECONFIG`, else `~/.kube/config`"""
