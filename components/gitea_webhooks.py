"""The Gitea side of a project's webhooks: one hook per receiver, and the proof that deliveries arrive.

Owns which event goes to which receiver. Does not know how Kargo derives the URLs (`KargoProject`), nor whose events a
receiver needs (`kargo.receivers`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.credentials import RegistryCredentials
from components.dynamic.delivery_proof import DeliveryProof, DeliveryProofArgs
from components.dynamic.gitea_webhook import GiteaWebhook, GiteaWebhookArgs
from components.dynamic.pull_request_proof import PullRequestProof
from components.kargo_project import Webhook
from components.pipeline import PromotionPipeline
from kargo.registration import hook_name
from model.stack import Stack


@dataclass(frozen=True)
class GiteaWebhooksArgs:
    """Which receivers Gitea feeds, and how.

    Args:
        stack: whose receivers they are; says who registers the hooks, as whom, and in which scope.
        webhooks: the project's webhooks; those that Gitea feeds count.
        pipelines: whose pushed images must arrive.
        credentials: the credentials; a new one for the images causes a test delivery.
        secrets: the stack's encrypted secrets by their keys.
    """

    stack: Stack
    webhooks: Sequence[Webhook]
    pipelines: Sequence[PromotionPipeline]
    credentials: RegistryCredentials
    secrets: Mapping[str, pulumi.Output[str]]


class GiteaWebhooks(pulumi.ComponentResource):
    """Hooks in Gitea for a Kargo project's receivers.

    Args:
        name: Pulumi name.
        args: which receivers, and how.
        opts: Pulumi options.
    """

    def __init__(self, name: str, args: GiteaWebhooksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:GiteaWebhooks", name, {}, opts)
        fed = [webhook for webhook in args.webhooks if webhook.receiver.fed_by_gitea]
        hooks: list[pulumi.Resource] = []
        if args.stack.webhooks.registration:
            hooks = [self._hook(name, webhook, args) for webhook in fed]
        if args.stack.webhooks.delivery_proof:
            for webhook in fed:
                self._proofs(name, webhook, args, hooks)
        self.register_outputs({})

    def _hook(self, name: str, webhook: Webhook, args: GiteaWebhooksArgs) -> pulumi.Resource:
        receiver = webhook.receiver
        (sender,) = receiver.senders
        stack, kargo = args.stack, args.stack.kargo
        account = next(account for account in stack.hook_accounts if account.server == sender.server)
        return GiteaWebhook(
            f"{name}-{receiver.name}",
            GiteaWebhookArgs(
                gitea_url=sender.server,
                username=account.username,
                password=args.secrets[account.secret],
                scope=stack.webhooks.scope,
                owner=sender.owner,
                name=hook_name(receiver, kargo.project, kargo.webhooks_base_url),
                url=webhook.url,
                event="package" if sender.event == "package" else "pull_request_only",
                secret=webhook.secret if receiver.signed else None,
                ca_bundle=stack.ca_bundle,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _proofs(
        self, name: str, webhook: Webhook, args: GiteaWebhooksArgs, depends_on: Sequence[pulumi.Resource]
    ) -> None:
        # Last, so that a Warehouse's refresh finds what was pushed while the hook still had another URL.
        opts = pulumi.ResourceOptions(parent=self, depends_on=depends_on)
        if webhook.receiver.signed:
            PullRequestProof(f"{name}-proof-pull-requests", webhook.url, webhook.secret, args.stack.ca_bundle, opts)
            return
        for pipeline in args.pipelines:
            DeliveryProof(
                f"{name}-proof-{pipeline.pulumi_resource_name}",
                DeliveryProofArgs(
                    url=webhook.url,
                    owner=args.stack.registry.owner,
                    image=pipeline.image,
                    secret=args.credentials.image_secret,
                    warehouse=pipeline.warehouse,
                    ca_bundle=args.stack.ca_bundle,
                ),
                opts,
            )
