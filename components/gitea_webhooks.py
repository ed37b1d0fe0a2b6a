"""The Gitea side of a pipeline's webhooks: one hook per receiver, and the proof that deliveries arrive.

Owns which event goes to which receiver. Does not know how Kargo derives the URLs (`KargoProject`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.delivery_proof import DeliveryProof, DeliveryProofArgs
from components.gitea_webhook import GiteaWebhook, GiteaWebhookArgs
from components.webhook_receivers import Receiver
from registries import GiteaRegistry


@dataclass(frozen=True)
class GiteaWebhooksArgs:
    """Which receivers Gitea feeds, and how.

    Args:
        registry: the Gitea that sends the events.
        receivers: the project's receivers; Gitea feeds the `generic` and `gitea` ones.
        urls: receiver name to URL (secret).
        secrets: receiver name to secret (secret).
        warehouse: name of the Warehouse that a pushed image refreshes.
        username: who manages the hooks in Gitea.
        password: password or access token; None means that people register the hooks.
        scope: `owner`, `user`, `organization` or `system`.
        delivery_proof: whether each `generic` receiver is sent a test delivery.
        ca_bundle: PEM file to trust beside the system's CAs.
    """

    registry: GiteaRegistry
    receivers: Sequence[Receiver]
    urls: pulumi.Output[dict[str, str]]
    secrets: pulumi.Output[dict[str, str]]
    warehouse: pulumi.Input[str]
    username: str
    password: pulumi.Output[str] | None
    scope: str
    delivery_proof: bool
    ca_bundle: str | None


class GiteaWebhooks(pulumi.ComponentResource):
    """Hooks in Gitea for a Kargo project's receivers.

    Args:
        name: Pulumi name.
        args: which receivers, and how.
        opts: Pulumi options.
    """

    def __init__(self, name: str, args: GiteaWebhooksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:GiteaWebhooks", name, {}, opts)
        fed = [receiver for receiver in args.receivers if receiver.kind in ("generic", "gitea")]
        hooks = [self._hook(name, receiver, args, args.password) for receiver in fed if args.password is not None]
        for receiver in fed:
            if receiver.kind == "generic" and args.delivery_proof:
                DeliveryProof(
                    f"{name}-proof-{receiver.name}",
                    DeliveryProofArgs(
                        url=args.urls[receiver.name],
                        owner=args.registry.owner,
                        image=args.registry.image,
                        warehouse=args.warehouse,
                        ca_bundle=args.ca_bundle,
                    ),
                    # Last, so that its refresh finds what was pushed while the hook still had another URL.
                    opts=pulumi.ResourceOptions(parent=self, depends_on=hooks),
                )
        self.register_outputs({})

    def _hook(
        self, name: str, receiver: Receiver, args: GiteaWebhooksArgs, password: pulumi.Output[str]
    ) -> GiteaWebhook:
        return GiteaWebhook(
            f"{name}-{receiver.name}",
            GiteaWebhookArgs(
                gitea_url=args.registry.url,
                username=args.username,
                password=password,
                scope=args.scope,
                owner=args.registry.owner,
                url=args.urls[receiver.name],
                event="pull_request_only" if receiver.signed else "package",
                secret=args.secrets[receiver.name] if receiver.signed else None,
                ca_bundle=args.ca_bundle,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
