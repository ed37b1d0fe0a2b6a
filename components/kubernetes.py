"""Kubernetes objects, registered by their type token.

The SDK's own classes cost each preview half of its imports (`pulumi_kubernetes.core.v1`: 0.65 of 1.29 CPU-seconds), for
input types that the pure builders in `kargo/` do not need: the provider reads apiVersion, kind and the object itself.
"""

import json
from typing import Any

import pulumi

# How long `up` waits for a controller; Pulumi's own default of 10 minutes hides a controller that is not there.
_READY_TIMEOUT = "2m"


class KubernetesObject(pulumi.CustomResource):
    """Any Kubernetes object.

    Args:
        name: Pulumi name.
        api_version: such as `v1` or `kargo.akuity.io/v1alpha1`.
        kind: the object's kind.
        metadata: its metadata; `name` must be set, Pulumi would add random digits otherwise.
        body: its other top-level fields, as the API spells them.
        opts: Pulumi options; provider and parent come from here.

    Attributes:
        status: what the object's controller reports, as of the end of `up`.
    """

    status: pulumi.Output[Any]

    def __init__(
        self,
        name: str,
        api_version: str,
        kind: str,
        metadata: pulumi.Input[dict[str, Any]],
        body: dict[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        group = api_version if "/" in api_version else f"core/{api_version}"
        inputs = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **(body or {})}
        super().__init__(f"kubernetes:{group}:{kind}", name, {**inputs, "status": None}, opts)


def namespace(name: str, metadata: dict[str, Any], opts: pulumi.ResourceOptions) -> KubernetesObject:
    """Register a Namespace."""
    return KubernetesObject(name, "v1", "Namespace", metadata, opts=opts)


def secret(
    name: str,
    metadata: dict[str, Any],
    string_data: dict[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> KubernetesObject:
    """Register a Secret; what it holds is secret in the state too, also after a refresh has read it back."""
    hidden = pulumi.ResourceOptions(additional_secret_outputs=["data", "stringData"])
    return KubernetesObject(
        name, "v1", "Secret", metadata, {"stringData": string_data}, pulumi.ResourceOptions.merge(opts, hidden)
    )


def wait_for(*conditions: str) -> dict[str, str]:
    """Return the annotation that makes Pulumi wait for all `conditions` (pulumi-kubernetes 4.18 or newer).

    Args:
        conditions: `condition=TYPE` or `jsonpath={.path}=value`.
    """
    return {"pulumi.com/waitFor": json.dumps(conditions)}


def ready_timeouts() -> pulumi.CustomTimeouts:
    """Return how long to wait for an object that `wait_for` is set on: two minutes."""
    return pulumi.CustomTimeouts(create=_READY_TIMEOUT, update=_READY_TIMEOUT)
