"""The Kargo project: its namespace, Project, roles, PromotionTask, webhook Secrets and ProjectConfig.

Does not register the webhooks with their senders: `GiteaWebhooks` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi

from components.dynamic.readiness import ProjectReadiness, ReceiversReadiness
from components.dynamic.webhook_secret import WebhookSecret
from components.kubernetes import KubernetesObject, secret
from components.owner import Owner
from components.project_roles import ProjectRoles, ProjectRolesArgs
from components.stage_roles import StageRoles, StageRolesArgs
from kargo.commit_task import commit_task_manifest
from kargo.names import REFRESH_ANNOTATION
from kargo.project import namespace_manifest, project_config_manifest, project_manifest, refresh_token
from kargo.receivers import Receiver
from kargo.roles import groups_in_roles
from kargo.stage_promoters import stage_promoters
from model.stack import Stack


@dataclass(frozen=True)
class KargoProjectArgs:
    """Arguments of `KargoProject`.

    Args:
        receivers: webhook receivers with different names.
        webhook_secret: secret of every receiver (secret); None generates one for each.
    """

    stack: Stack
    receivers: Sequence[Receiver]
    owner: Owner
    webhook_secret: pulumi.Output[str] | None = None


@dataclass(frozen=True)
class Webhook:
    """A receiver and the values that its sender needs.

    Args:
        receiver: the receiver.
        url: URL of the receiver (secret). In `up` it is the URL that Kargo reports.
        secret: secret with which the sender signs, and from which the URL is derived (secret).
    """

    receiver: Receiver
    url: pulumi.Output[str]
    secret: pulumi.Output[str]


class KargoProject(pulumi.ComponentResource):
    """A Kargo project that is ready for pipelines.

    Attributes:
        namespace: name of the namespace, known when the Project is ready.
        owner: the stack, as the objects in the Project know it.
        webhooks: one webhook for each receiver, in their order.
    """

    namespace: pulumi.Output[str]
    owner: Owner
    webhooks: tuple[Webhook, ...]

    def __init__(self, name: str, args: KargoProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:KargoProject", name, {}, opts)
        stack, owner = args.stack, args.owner
        own, child = stack.kargo.project, pulumi.ResourceOptions(parent=self)
        project = self._project(name, stack, owner)
        ready = ProjectReadiness(f"{name}-project-ready", stack.kubernetes, project=own, uid=project.uid, opts=child)
        self.namespace = ready.id.apply(lambda _: own)
        # A preview needs the name: the provider would replace an unknown namespace by the kubeconfig context's (4.32).
        self.owner = owner.within(ready)
        inside = pulumi.ResourceOptions(parent=self, depends_on=[ready])

        if in_roles := groups_in_roles(stack.kargo.roles):
            ProjectRoles(f"{name}-roles", ProjectRolesArgs(own, in_roles, self.owner), inside)
        if promoters := stage_promoters(stack):
            StageRoles(f"{name}-stage-roles", StageRolesArgs(own, promoters, self.owner), inside)
        if task := commit_task_manifest(stack):
            KubernetesObject(f"{name}-task-{task['metadata']['name']}", task, self.owner, inside)
        of_receivers: list[tuple[Receiver, pulumi.Output[str]]] = []
        for receiver in args.receivers:
            value = args.webhook_secret
            if value is None:
                value = WebhookSecret(f"{name}-secret-{receiver.name}", stack.webhooks.rotation, child).value
            of_receivers.append((receiver, pulumi.Output.secret(value)))
        secrets = [
            secret(
                f"{name}-webhook-{receiver.name}", receiver.secret_manifest(own), {"secret": value}, self.owner, inside
            )
            for receiver, value in of_receivers
        ]
        base = urlsplit(stack.kargo.webhooks_base_url)
        paths = {receiver.name: _path(base.path, receiver, own, value) for receiver, value in of_receivers}
        compared = self._config(name, stack, pulumi.Output.all(**paths), [ready, *secrets])
        # A preview has no status of the change that it shows. In `up`, no URL is known before the comparison.
        checked = None if pulumi.runtime.is_dry_run() else compared.id
        self.webhooks = tuple(
            Webhook(
                receiver,
                pulumi.Output.all(paths[receiver.name], checked).apply(
                    lambda known: f"{base.scheme}://{base.netloc}{known[0]}"
                ),
                value,
            )
            for receiver, value in of_receivers
        )
        urls = {webhook.receiver.name: webhook.url for webhook in self.webhooks}
        self.register_outputs({"namespace": self.namespace, "webhookUrls": urls})

    def _project(self, name: str, stack: Stack, owner: Owner) -> KubernetesObject:
        """Register namespace and Project, which contain all Freight and the history of every Stage.

        In production both are protected until `pulumi state unprotect`. The namespace is not forced: if two stacks
        create it at the same time, the API server refuses one of them.
        """
        protected = stack.environment == "production"
        opts = pulumi.ResourceOptions(parent=self, protect=protected)
        namespace = KubernetesObject(f"{name}-namespace", namespace_manifest(stack), owner, opts, forced=False)
        after = pulumi.ResourceOptions(parent=self, protect=protected, depends_on=[namespace])
        return KubernetesObject(f"{name}-project", project_manifest(stack), owner, after)

    def _config(
        self,
        name: str,
        stack: Stack,
        paths: pulumi.Output[dict[str, str]],
        depends_on: Sequence[pulumi.Resource],
    ) -> pulumi.CustomResource:
        """Register the ProjectConfig, and the comparison of its receivers' paths."""
        # Kargo does not watch Secrets. A new token makes it derive the paths again.
        token = paths.apply(refresh_token)
        annotations = token.apply(lambda known: {REFRESH_ANNOTATION: known})
        # The status contains the receivers' URLs, and the URL of a `generic` receiver is its credential.
        opts = pulumi.ResourceOptions(parent=self, depends_on=depends_on, additional_secret_outputs=["status"])
        config = KubernetesObject(f"{name}-config", project_config_manifest(stack), self.owner, opts, annotations)
        return ReceiversReadiness(
            f"{name}-config-ready",
            stack.kubernetes,
            project=stack.kargo.project,
            uid=config.uid,
            token=token,
            paths=paths,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _path(base: str, receiver: Receiver, project: str, value: pulumi.Output[str]) -> pulumi.Output[str]:
    return value.apply(lambda secret: base + receiver.path(project, secret))
