"""The one Kubernetes provider, bound to the context that the stack names.

Pulumi's provider would otherwise follow kubectl's current context. `config.load` has checked that the context is there.
"""

import json
from importlib.metadata import version

import pulumi

from model.cluster import Cluster

# Longer than the API server takes for anything; without it a request to one that is silent never ends (4.32).
_TIMEOUT_SECONDS = 30


class KubernetesProvider(pulumi.ProviderResource):
    """Pulumi's Kubernetes provider with exactly these settings, whatever the machine's environment says.

    The SDK's own class fills what is left out from `KUBECONFIG` and `PULUMI_K8S_…` (pulumi-kubernetes 4.34), which then
    is state: the stack would show a change on every other machine. Without a `kubeconfig` here, the provider itself
    reads the machine's.

    - Secrets are mutable: replacing one would leave Kargo without it for a moment.
    - A request that is not answered ends after 30 seconds.
    - An object that is there already is written: `Owner` has refused it before, unless this stack created it.

    Args:
        name: Pulumi name.
        cluster: the cluster that the stack may change.
    """

    def __init__(self, name: str, cluster: Cluster) -> None:
        inputs = {
            "context": cluster.context,
            "kubeconfig": cluster.kubeconfig,
            # The provider takes flags as text.
            "enableServerSideApply": "true",
            "enableSecretMutable": "true",
            "upsertExistingObjects": "true",
            "kubeClientSettings": json.dumps({"timeout": _TIMEOUT_SECONDS}),
        }
        super().__init__("kubernetes", name, inputs, pulumi.ResourceOptions(version=version("pulumi-kubernetes")))
