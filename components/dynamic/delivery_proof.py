"""A test delivery that must refresh a pipeline's Warehouse.

Owns when it is sent: when the receiver's URL, the image, its credential's Secret or the Warehouse changes. The delivery
refreshes the Warehouse, so Kargo also discovers an image that was pushed while a rotation moved the URL, or while
External Secrets replaced the Secret (it deletes the old one first, 2.9). It goes straight to Kargo: Gitea's API can
neither test a hook of a user or organization nor report a delivery's result (Gitea 1.26).
"""

import time
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.proof import ProofProvider

_BEFORE_THE_NEXT_SECOND = 0.05


class DeliveryProofProvider(ProofProvider):
    """Sends the delivery and checks the answer."""

    proved = "delivered"
    updating = ("url", "owner", "image", "secret", "warehouse", "caBundle")

    def prove(self, props: dict[str, Any]) -> None:
        """Send the delivery."""
        from clients.receiver import deliver_package  # noqa: PLC0415 - only the provider's own process speaks HTTP

        deliver_package(props["url"], props["owner"], props["image"], props["warehouse"], props["caBundle"])

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Send it late in the next second.

        Kargo marks a refresh with the second, and ignores another refresh in the same second (1.11). A push that failed
        during the rotation was marked with an earlier second, and a later push will be marked with a later one.
        """
        time.sleep(2 - _BEFORE_THE_NEXT_SECOND - time.time() % 1)
        return super().update(_id, _olds, _news)


@dataclass(frozen=True)
class DeliveryProofArgs:
    """What is delivered where.

    Args:
        url: the receiver's URL (secret).
        owner: owner of the image.
        image: name of the image.
        secret: name of the Secret with which Kargo reads the image; empty for a public image.
        warehouse: name of the Warehouse that must be refreshed.
        ca_bundle: PEM file to trust beside the system's CAs.
    """

    url: pulumi.Input[str]
    owner: str
    image: str
    secret: pulumi.Input[str]
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
                "secret": args.secret,
                "warehouse": args.warehouse,
                "caBundle": args.ca_bundle or "",
            },
            opts,
        )
