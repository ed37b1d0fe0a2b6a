"""The Kubernetes provider of the stack, bound to one kubeconfig context.

The default provider would use kubectl's current context. `config.load` has checked that the context exists.
"""

import json
from importlib.metadata import version

import pulumi

from model.cluster import Cluster

# Without a timeout, a request to an API server that does not answer never ends (4.32).
_TIMEOUT_SECONDS = 30


class KubernetesProvider(pulumi.ProviderResource):
    """Pulumi's Kubernetes provider with exactly these settings, independent of environment variables.

    The class of the SDK adds settings from `KUBECONFIG` and `PULUMI_K8S_…` to the state (pulumi-kubernetes 4.34), so a
    stack would show a change on every other machine. Without `kubeconfig`, the provider reads the machine's own.

    - Secrets are mutable: with a replacement, Kargo would lose them for a moment.
    - A request without an answer ends after 30 seconds.
    - An existing object is written. `Owner` refuses it first, unless this stack created it.
    """

    def __init__(self, name: str, cluster: Cluster, opts: pulumi.ResourceOptions) -> None:
        inputs = {
            "context": cluster.context,
            "kubeconfig": cluster.kubeconfig,
            # The provider accepts flags as strings.
            "enableServerSideApply": "true",
            "enableSecretMutable": "true",
            "upsertExistingObjects": "true",
            "kubeClientSettings": json.dumps({"timeout": _TIMEOUT_SECONDS}),
        }
        pinned = pulumi.ResourceOptions(version=version("pulumi-kubernetes"))
        super().__init__("kubernetes", name, inputs, pulumi.ResourceOptions.merge(opts, pinned))
