"""The Kubernetes cluster of a stack."""

from model.types.plain import NonEmpty
from model.value import Value


class Cluster(Value):
    """One context of a kubeconfig. The stack changes no other cluster."""

    context: NonEmpty
    """kubeconfig context of the cluster that the stack may change.

    Example: `kind-localdev`"""

    kubeconfig: NonEmpty | None = None
    """Path of the kubeconfig. Defaults to the environment variable `KUBECONFIG`, else to `~/.kube/config`.

    Example: `~/.kube/backstage`"""
