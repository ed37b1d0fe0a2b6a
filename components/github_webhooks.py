"""The GitHub side of a project's webhooks: the webhooks of organizations and repositories, and pings.

Does not know how Kargo derives the URLs (`KargoProject`), nor which events a receiver needs (`kargo.receivers`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.dynamic.github_webhook import GitHubPing, GitHubWebhook
from components.kargo_project import Webhook
from kargo.registration import GitHubHook, github_hooks
from model.stack import Stack


@dataclass(frozen=True)
class GitHubWebhooksArgs:
    """Arguments of `GitHubWebhooks`.

    Args:
        webhooks: the project's webhooks. The component ignores those that GitHub does not feed.
        identity: identity of the cluster. Another one causes pings.
        token: access token that manages the webhooks (secret).
    """

    stack: Stack
    webhooks: Sequence[Webhook]
    identity: pulumi.Output[str]
    token: pulumi.Output[str]


class GitHubWebhooks(pulumi.ComponentResource):
    """Webhooks in GitHub for a Kargo project's receiver."""

    def __init__(self, name: str, args: GitHubWebhooksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:GitHubWebhooks", name, {}, opts)
        for webhook in args.webhooks:
            for hook in github_hooks(webhook.receiver):
                self._register(hook, webhook, args)
        self.register_outputs({})

    def _register(self, hook: GitHubHook, webhook: Webhook, args: GitHubWebhooksArgs) -> None:
        # A webhook of a repository may send both events.
        suffix = "packages" if "package" in hook.events else "pull-requests"
        name, child = self.pulumi_resource_name, pulumi.ResourceOptions(parent=self)
        made = GitHubWebhook(
            f"{name}-{suffix}",
            github_url=hook.server,
            token=args.token,
            owner=hook.owner,
            repository=hook.repository,
            url=webhook.url,
            secret=webhook.secret,
            events=hook.events,
            ca_bundle=args.stack.ca_bundle,
            opts=child,
        )
        if args.stack.webhooks.test_delivery:
            GitHubPing(
                f"{name}-ping-{suffix}",
                identity=args.identity,
                github_url=hook.server,
                token=args.token,
                path=made.path,
                url=webhook.url,
                ca_bundle=args.stack.ca_bundle,
                opts=child,
            )
