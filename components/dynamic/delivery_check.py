"""Test deliveries to Kargo's receivers, with a check of the answers.

A package delivery runs when the receiver's URL, the image, the Secret of its credential, the Warehouse or the cluster
changes. It refreshes the Warehouse, so Kargo also discovers an image that was pushed during the change: while a
rotation moved the URL, or while External Secrets replaced the Secret (it deletes the old one first, 2.9). A delivery
goes directly to Kargo: Gitea's API can neither test a webhook of a user or organization nor return the result of a
delivery (1.26).
"""

import time
from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.provider import CheckProvider

_BEFORE_THE_NEXT_SECOND = 0.05


class DeliveryCheckProvider(CheckProvider):
    """Sends a package event."""

    passed = "delivered"
    updating = ("cluster", "url", "owner", "image", "secret", "warehouse", "caBundle")

    def check_service(self, props: dict[str, Any]) -> None:
        """Send the event, and check the answer."""
        from clients.receiver import deliver_package  # noqa: PLC0415 - only the provider's own process speaks HTTP

        deliver_package(props["url"], props["owner"], props["image"], props["warehouse"], props["caBundle"])

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Send the event at the end of the next second.

        Kargo marks a refresh with the second, and ignores another refresh in the same second (1.11). A push that failed
        during the rotation was marked with an earlier second, and a later push will be marked with a later one.
        """
        time.sleep(2 - _BEFORE_THE_NEXT_SECOND - time.time() % 1)
        return super().update(_id, _olds, _news)


class DeliveryCheck(dynamic.Resource, name="DeliveryCheck"):
    """A package event that refreshed a Warehouse. If it does not, `up` fails with the reason.

    Args:
        identity: identity of the cluster.
        url: the receiver's URL (secret).
        secret: name of the Secret with which Kargo pulls the image; empty for a public image.
        warehouse: name of the Warehouse that must be refreshed.
    """

    def __init__(
        self,
        name: str,
        *,
        identity: pulumi.Input[str],
        url: pulumi.Input[str],
        owner: str,
        image: str,
        secret: pulumi.Input[str],
        warehouse: pulumi.Input[str],
        ca_bundle: str | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {
            "cluster": identity,
            "url": pulumi.Output.secret(url),
            "owner": owner,
            "image": image,
            "secret": secret,
            "warehouse": warehouse,
            "caBundle": ca_bundle or "",
        }
        super().__init__(DeliveryCheckProvider(), name, props, opts)


class PullRequestDeliveryCheckProvider(CheckProvider):
    """Sends a pull-request event."""

    passed = "delivered"
    updating = ("cluster", "url", "secret", "caBundle")

    def check_service(self, props: dict[str, Any]) -> None:
        """Send the event, and check the answer."""
        from clients.receiver import deliver_pull_request  # noqa: PLC0415 - only the provider's process speaks HTTP

        deliver_pull_request(props["url"], props["secret"], props["caBundle"])


class PullRequestDeliveryCheck(dynamic.Resource, name="PullRequestDeliveryCheck"):
    """A pull-request event that Kargo accepted, as it does from 1.11 on. If it does not, `up` fails with the reason.

    Args:
        identity: identity of the cluster.
        url: the receiver's URL (secret).
        secret: secret with which Gitea signs (secret).
    """

    def __init__(
        self,
        name: str,
        *,
        identity: pulumi.Input[str],
        url: pulumi.Input[str],
        secret: pulumi.Input[str],
        ca_bundle: str | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {
            "cluster": identity,
            "url": pulumi.Output.secret(url),
            "secret": pulumi.Output.secret(secret),
            "caBundle": ca_bundle or "",
        }
        super().__init__(PullRequestDeliveryCheckProvider(), name, props, opts)
