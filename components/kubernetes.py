"""Kubernetes objects, registered by their type token.

The SDK's own classes cost each preview half of its imports (`pulumi_kubernetes.core.v1`: 0.65 of 1.29 CPU-seconds), for
input types that the pure builders in `kargo/` do not need: the provider reads apiVersion, kind and the object itself.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.owner import Owner
from kargo.manifest import Manifest
from kargo.ownership import STACK_ANNOTATION, ownership


class KubernetesObject(pulumi.CustomResource):
    """A Kubernetes object of this stack.

    Args:
        name: Pulumi name.
        manifest: the object.
        owner: the stack.
        opts: Pulumi options; provider and parent come from here.
        annotations: annotations that only a deployed stack knows, in addition to the manifest's.
        forced: whether a field that somebody else has changed, such as after a click in Kargo's UI, is written all the
            same. Without it the API server refuses the write, as it does when two stacks create one object at once.

    Attributes:
        metadata: the object's metadata, as the API server has it.
    """

    metadata: pulumi.Output[Any]

    def __init__(
        self,
        name: str,
        manifest: Manifest,
        owner: Owner,
        opts: pulumi.ResourceOptions,
        annotations: pulumi.Input[Mapping[str, str]] | None = None,
        forced: bool = True,
    ) -> None:
        api_version, kind = manifest["apiVersion"], manifest["kind"]
        metadata = manifest["metadata"]
        own = {
            **metadata.get("annotations", {}),
            STACK_ANNOTATION: owner.mark.apply(lambda mark: ownership(mark, name)),
            # The provider would take another name for each run, and a second run would be a second owner (4.32).
            "pulumi.com/patchFieldManager": owner.mark.apply(lambda mark: f"pulumi-{mark}"),
            **({"pulumi.com/patchForce": "true"} if forced else {}),
        }
        merged = (
            own if annotations is None else pulumi.Output.all(own, annotations).apply(lambda both: both[0] | both[1])
        )
        group = api_version if "/" in api_version else f"core/{api_version}"
        inputs = {**manifest, "metadata": {**metadata, "annotations": merged}}
        checked = pulumi.ResourceOptions(hooks=owner.hooks)
        super().__init__(f"kubernetes:{group}:{kind}", name, inputs, pulumi.ResourceOptions.merge(opts, checked))

    @property
    def uid(self) -> pulumi.Output[str]:
        """The object's uid, which is another one after it was deleted and created again."""
        return pulumi.Output.unsecret(self.metadata.apply(lambda known: str(known.get("uid", ""))))


def secret(
    name: str,
    manifest: Manifest,
    string_data: dict[str, pulumi.Input[str]],
    owner: Owner,
    opts: pulumi.ResourceOptions,
) -> KubernetesObject:
    """Register a Secret; what it holds is secret in the state too, also after a refresh has read it back."""
    hidden = pulumi.ResourceOptions(additional_secret_outputs=["data", "stringData"])
    return KubernetesObject(
        name, {**manifest, "stringData": string_data}, owner, pulumi.ResourceOptions.merge(opts, hidden)
    )
