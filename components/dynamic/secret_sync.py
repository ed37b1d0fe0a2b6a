"""A wait until External Secrets has created the Secrets of new ExternalSecrets.

Pulumi's own wait for a condition ends without a reason. The name of a Secret depends on its source
(`kargo.external_secret.secret_name`), so a Secret that exists contains the current value. If a name is fixed, the
ExternalSecret must have been synced since its last change.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.provider import CheckProvider, Cluster, inputs_of


class SecretSyncProvider(CheckProvider):
    """Waits until every Secret exists."""

    passed = "synced"
    updating = ("cluster", "namespace", "secrets", "sources")

    def check_service(self, props: dict[str, Any]) -> None:
        """Wait."""
        from clients.external_secrets import ExternalSecrets  # noqa: PLC0415 - only the provider's process speaks HTTP

        ExternalSecrets(props["kubeconfig"], props["context"], props["namespace"]).wait(props["secrets"])


class SecretSync(dynamic.Resource, name="SecretSync"):
    """ExternalSecrets that are synced. If one is not, `up` fails with the reason.

    Args:
        cluster: cluster of the ExternalSecrets.
        identity: identity of the cluster.
        namespace: namespace of the ExternalSecrets.
        secrets: name of the Secret by the name of its ExternalSecret.
        sources: texts that change with the source of a Secret with a fixed name, by the name of its ExternalSecret.
    """

    def __init__(
        self,
        name: str,
        cluster: Cluster,
        *,
        identity: pulumi.Input[str],
        namespace: str,
        secrets: Mapping[str, pulumi.Input[str]],
        sources: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {**inputs_of(cluster), "cluster": identity, "namespace": namespace, "secrets": dict(secrets)}
        if sources:
            props["sources"] = dict(sources)
        super().__init__(SecretSyncProvider(), name, props, opts)
