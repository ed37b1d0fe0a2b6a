"""The one Kubernetes provider, bound to the context that the stack names.

Pulumi's provider would otherwise follow kubectl's current context. `config.load` has checked that the context is there.
"""

from pulumi_kubernetes import Provider

from model.cluster import Cluster


def kubernetes_provider(cluster: Cluster) -> Provider:
    """Return the provider for every Kubernetes resource of the stack.

    Secrets are mutable under it: replacing one would leave Kargo without it for a moment (pulumi-kubernetes 4 replaces
    changed Secrets unless told otherwise).
    """
    return Provider(
        "kubernetes",
        context=cluster.context,
        kubeconfig=cluster.kubeconfig,
        enable_server_side_apply=True,
        enable_secret_mutable=True,
    )
