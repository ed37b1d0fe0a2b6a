"""Kubernetes objects, registered by their type token.

The classes of the SDK would double the import time of a preview (`pulumi_kubernetes.core.v1`: 0.65 of 1.29 CPU
seconds). The pure functions in `kargo/` do not need their input types: the provider reads the object itself.
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
        annotations: annotations that only a deployed stack knows, in addition to the manifest's.
        forced: whether to overwrite a field that another field manager has changed, for example Kargo's UI. If false,
            the API server refuses the write.

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
            # The provider's default is random, so each run would be another field manager (4.32).
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
        """The object's uid. A recreated object has another one.

        In a preview it is unknown for a new object, because each dry run returns another uid. It is empty for a changed
        object if the provider may not send a dry run, or reaches no cluster (4.32).
        """
        known = pulumi.Output.all(self.id, self.metadata)
        return pulumi.Output.unsecret(known.apply(lambda both: str(both[1].get("uid", ""))))


def secret(
    name: str,
    manifest: Manifest,
    string_data: dict[str, pulumi.Input[str]],
    owner: Owner,
    opts: pulumi.ResourceOptions,
) -> KubernetesObject:
    """Register a Secret, whose data is secret in the state, also after a refresh."""
    hidden = pulumi.ResourceOptions(additional_secret_outputs=["data", "stringData"])
    return KubernetesObject(
        name, {**manifest, "stringData": string_data}, owner, pulumi.ResourceOptions.merge(opts, hidden)
    )
