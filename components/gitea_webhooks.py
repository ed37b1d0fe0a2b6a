"""The Gitea side of a project's webhooks: one webhook for each receiver, and test deliveries.

Does not know how Kargo derives the URLs (`KargoProject`), nor which events a receiver needs (`kargo.receivers`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.backstage_pipeline import PromotionPipeline
from components.credentials import RegistryCredentials
from components.dynamic.delivery_check import DeliveryCheck, PullRequestDeliveryCheck
from components.dynamic.gitea_webhook import GiteaWebhook
from components.kargo_project import Webhook
from kargo.registration import hook_name
from model.stack import Stack


@dataclass(frozen=True)
class GiteaWebhooksArgs:
    """Arguments of `GiteaWebhooks`.

    Args:
        webhooks: the project's webhooks. The component ignores those that Gitea does not feed.
        pipelines: pipelines whose images get a test delivery.
        credentials: the credentials. A new one for the images causes a test delivery.
        identity: identity of the cluster. Another one causes test deliveries.
    """

    stack: Stack
    webhooks: Sequence[Webhook]
    pipelines: Sequence[PromotionPipeline]
    credentials: RegistryCredentials
    identity: pulumi.Output[str]
    secrets: Mapping[str, pulumi.Output[str]]


class GiteaWebhooks(pulumi.ComponentResource):
    """Webhooks in Gitea for a Kargo project's receivers."""

    def __init__(self, name: str, args: GiteaWebhooksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:GiteaWebhooks", name, {}, opts)
        self._stack, self._identity = args.stack, args.identity
        fed = [webhook for webhook in args.webhooks if webhook.receiver.fed_by_gitea]
        hooks: list[pulumi.Resource] = []
        if args.stack.webhooks.registration:
            hooks = [self._hook(webhook, args.secrets) for webhook in fed]
        if args.stack.webhooks.test_delivery:
            # After the hooks: the refresh then also finds an image pushed while a hook had its old URL.
            after = pulumi.ResourceOptions(parent=self, depends_on=hooks)
            for webhook in fed:
                if webhook.receiver.signed:
                    self._deliver_pull_request(webhook, after)
                else:
                    self._deliver_packages(webhook, args, after)
        self.register_outputs({})

    def _hook(self, webhook: Webhook, secrets: Mapping[str, pulumi.Output[str]]) -> pulumi.Resource:
        stack, receiver = self._stack, webhook.receiver
        (sender,) = receiver.senders
        if sender.account is None:
            raise ValueError(f"no account for the webhook of receiver {receiver.name}")
        return GiteaWebhook(
            f"{self.pulumi_resource_name}-{receiver.name}",
            gitea_url=sender.server,
            username=sender.account.username,
            password=secrets[sender.account.config_key],
            scope=stack.webhooks.scope,
            owner=sender.owner,
            hook_name=hook_name(receiver, stack.kargo.project, stack.kargo.webhooks_base_url),
            url=webhook.url,
            event="package" if sender.event == "package" else "pull_request_only",
            secret=webhook.secret if receiver.signed else None,
            ca_bundle=stack.ca_bundle,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _deliver_pull_request(self, webhook: Webhook, opts: pulumi.ResourceOptions) -> None:
        PullRequestDeliveryCheck(
            f"{self.pulumi_resource_name}-delivery-pull-requests",
            identity=self._identity,
            url=webhook.url,
            secret=webhook.secret,
            ca_bundle=self._stack.ca_bundle,
            opts=opts,
        )

    def _deliver_packages(self, webhook: Webhook, args: GiteaWebhooksArgs, opts: pulumi.ResourceOptions) -> None:
        for pipeline in args.pipelines:
            DeliveryCheck(
                f"{self.pulumi_resource_name}-delivery-{pipeline.pulumi_resource_name}",
                identity=self._identity,
                url=webhook.url,
                owner=self._stack.registry.owner,
                image=pipeline.image,
                secret=args.credentials.image_secret,
                warehouse=pipeline.warehouse,
                ca_bundle=self._stack.ca_bundle,
                opts=opts,
            )
