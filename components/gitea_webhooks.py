"""The Gitea side of a project's webhooks: one hook per receiver, and the proof that deliveries arrive.

Owns which event goes to which receiver. Does not know how Kargo derives the URLs (`KargoProject`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.dynamic.delivery_proof import DeliveryProof, DeliveryProofArgs
from components.dynamic.gitea_webhook import GiteaWebhook, GiteaWebhookArgs
from components.kargo_project import Webhook
from components.pipeline import PromotionPipeline
from model.registry import GiteaRegistry
from model.webhooks import WebhookSettings


@dataclass(frozen=True)
class GiteaWebhooksArgs:
    """Which receivers Gitea feeds, and how.

    Args:
        registry: the Gitea that sends the events.
        webhooks: the project's webhooks; Gitea feeds the `generic` and `gitea` ones.
        pipelines: whose pushed images must arrive.
        settings: scope of the hooks, and whether deliveries are proved.
        password: password or access token of the registry's login; None means that people register the hooks.
        ca_bundle: PEM file to trust beside the system's CAs.
    """

    registry: GiteaRegistry
    webhooks: Sequence[Webhook]
    pipelines: Sequence[PromotionPipeline]
    settings: WebhookSettings
    password: pulumi.Output[str] | None = None
    ca_bundle: str | None = None


class GiteaWebhooks(pulumi.ComponentResource):
    """Hooks in Gitea for a Kargo project's receivers.

    Args:
        name: Pulumi name.
        args: which receivers, and how.
        opts: Pulumi options.
    """

    def __init__(self, name: str, args: GiteaWebhooksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:GiteaWebhooks", name, {}, opts)
        fed = [webhook for webhook in args.webhooks if webhook.receiver.kind in ("generic", "gitea")]
        hooks: list[pulumi.Resource] = []
        if args.password is not None:
            hooks = [self._hook(name, webhook, args, args.password) for webhook in fed]
        for webhook in fed:
            if webhook.receiver.kind == "generic" and args.settings.delivery_proof:
                for pipeline in args.pipelines:
                    self._proof(name, webhook, pipeline, args, hooks)
        self.register_outputs({})

    def _hook(
        self, name: str, webhook: Webhook, args: GiteaWebhooksArgs, password: pulumi.Output[str]
    ) -> pulumi.Resource:
        receiver = webhook.receiver
        return GiteaWebhook(
            f"{name}-{receiver.name}",
            GiteaWebhookArgs(
                gitea_url=args.registry.url,
                username=args.registry.login.username,
                password=password,
                scope=args.settings.scope,
                owner=args.registry.owner,
                url=webhook.url,
                event="pull_request_only" if receiver.signed else "package",
                secret=webhook.secret if receiver.signed else None,
                ca_bundle=args.ca_bundle,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _proof(
        self,
        name: str,
        webhook: Webhook,
        pipeline: PromotionPipeline,
        args: GiteaWebhooksArgs,
        hooks: Sequence[pulumi.Resource],
    ) -> None:
        DeliveryProof(
            f"{name}-proof-{pipeline.pulumi_resource_name}",
            DeliveryProofArgs(
                url=webhook.url,
                owner=args.registry.owner,
                image=pipeline.image,
                warehouse=pipeline.warehouse,
                ca_bundle=args.ca_bundle,
            ),
            # Last, so that its refresh finds what was pushed while the hook still had another URL.
            opts=pulumi.ResourceOptions(parent=self, depends_on=hooks),
        )
