"""A test delivery that must refresh a pipeline's Warehouse.

Owns when it is sent: as the receiver's URL, the image or the Warehouse changes. Because the delivery refreshes the
Warehouse, it also picks up what was pushed while a rotation moved the URL. It goes straight to Kargo: Gitea's API can
neither test a hook of a user or organisation nor show what became of a delivery (Gitea 1.26).
"""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.proof import ProofProvider


class DeliveryProofProvider(ProofProvider):
    """Sends the delivery and checks the answer."""

    proved = "delivered"
    updating = ("url", "owner", "image", "warehouse", "caBundle")

    def prove(self, props: dict[str, Any]) -> None:
        """Send the delivery."""
        from clients.receiver import deliver_package  # noqa: PLC0415 - only the provider's own process speaks HTTP

        deliver_package(props["url"], props["owner"], props["image"], props["warehouse"], props["caBundle"])


@dataclass(frozen=True)
class DeliveryProofArgs:
    """What is delivered where.

    Args:
        url: the receiver's URL (secret).
        owner: owner of the image.
        image: name of the image.
        warehouse: name of the Warehouse that must be refreshed.
        ca_bundle: PEM file to trust beside the system's CAs.
    """

    url: pulumi.Input[str]
    owner: str
    image: str
    warehouse: pulumi.Input[str]
    ca_bundle: str | None = None


class DeliveryProof(dynamic.Resource, name="DeliveryProof"):
    """A test delivery that succeeded; `up` fails, and says why, where it does not.

    Args:
        name: Pulumi name.
        args: what is delivered where.
        opts: Pulumi options.
    """

    def __init__(self, name: str, args: DeliveryProofArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            DeliveryProofProvider(),
            name,
            {
                "url": pulumi.Output.secret(args.url),
                "owner": args.owner,
                "image": args.image,
                "warehouse": args.warehouse,
                "caBundle": args.ca_bundle or "",
            },
            opts,
        )
