"""A test delivery that shows that Kargo takes pull-request events from Gitea, as it does from 1.11 on.

Owns when it is sent: as the receiver's URL or secret changes. It asks Kargo for nothing.
"""

from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.proof import ProofProvider


class PullRequestProofProvider(ProofProvider):
    """Sends the delivery and checks the answer."""

    proved = "delivered"
    updating = ("url", "secret", "caBundle")

    def prove(self, props: dict[str, Any]) -> None:
        """Send the delivery."""
        from clients.receiver import deliver_pull_request  # noqa: PLC0415 - only this process speaks HTTP

        deliver_pull_request(props["url"], props["secret"], props["caBundle"])


class PullRequestProof(dynamic.Resource, name="PullRequestProof"):
    """A pull request's event that Kargo took; `up` fails, and says why, where it does not.

    Args:
        name: Pulumi name.
        url: the receiver's URL (secret).
        secret: what Gitea signs with (secret).
        ca_bundle: PEM file to trust beside the system's CAs.
        opts: Pulumi options.
    """

    def __init__(
        self,
        name: str,
        url: pulumi.Input[str],
        secret: pulumi.Input[str],
        ca_bundle: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            PullRequestProofProvider(),
            name,
            {"url": pulumi.Output.secret(url), "secret": pulumi.Output.secret(secret), "caBundle": ca_bundle or ""},
            opts,
        )
