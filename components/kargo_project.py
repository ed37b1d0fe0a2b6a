"""The Kargo project: its namespace, Project, webhook Secrets, ProjectConfig, and the task that its Stages share.

Owns which Stages promote by themselves, which groups have a role, and which webhooks are received at which URL. Does
not register the webhooks with their senders (`GiteaWebhooks`), nor make the roles: those are Kargo's own.
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
from kargo.commit_task import commit_task_manifest
from kargo.names import REFRESH_ANNOTATION
from kargo.project import namespace_manifest, project_manifest
from kargo.project_config import project_config_manifest, refresh_token
from kargo.receivers import Receiver
from kargo.roles import groups_in_roles
from model.stack import Stack


@dataclass(frozen=True)
class KargoProjectArgs:
    """What a Kargo project is made of.

    Args:
        stack: whose project it is; names of Stages, groups, the repository and the rotation come from there.
        receivers: webhook receivers; names must differ.
        owner: the stack, as its objects know it.
        webhook_secret: secret of every receiver; None generates one for each.
    """

    stack: Stack
    receivers: Sequence[Receiver]
    owner: Owner
    webhook_secret: pulumi.Input[str] | None = None


@dataclass(frozen=True)
class Webhook:
    """A receiver that is ready to be registered with its sender.

    Args:
        receiver: the receiver.
        url: where it is reached (secret); after `up`, what Kargo reports.
        secret: what the sender signs with, and what the URL is derived from (secret).
    """

    receiver: Receiver
    url: pulumi.Output[str]
    secret: pulumi.Output[str]


class KargoProject(pulumi.ComponentResource):
    """A Kargo project that is ready to take pipelines.

    Args:
        name: Pulumi name.
        args: what the project is made of.
        opts: Pulumi options; must carry the Kubernetes provider.

    Attributes:
        namespace: name of the namespace, known when the Project is ready.
        owner: the owner of what lies in the Project.
        webhooks: one for each receiver, in their order.
    """

    namespace: pulumi.Output[str]
    owner: Owner
    webhooks: tuple[Webhook, ...]

    def __init__(self, name: str, args: KargoProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:KargoProject", name, {}, opts)
        stack, own = args.stack, args.stack.kargo.project
        project = self._project(name, args)
        ready = ProjectReadiness(
            f"{name}-project-ready",
            stack.kubernetes.context,
            stack.kubernetes.kubeconfig,
            own,
            project.uid,
            pulumi.ResourceOptions(parent=self),
        )
        self.namespace = ready.id.apply(lambda _: own)
        # A preview needs the namespace's name: the provider would take an unknown one for the kubeconfig's own (4.32).
        self.owner = args.owner.within(ready)
        inside = pulumi.ResourceOptions(parent=self, depends_on=[ready])

        if in_roles := groups_in_roles(stack.kargo.roles):
            ProjectRoles(f"{name}-roles", ProjectRolesArgs(own, in_roles, self.owner), inside)
        if task := commit_task_manifest(stack):
            KubernetesObject(f"{name}-task-{task['metadata']['name']}", task, self.owner, inside)
        values = {receiver.name: self._value(name, receiver, args) for receiver in args.receivers}
        secrets = [
            secret(
                f"{name}-webhook-{receiver.name}",
                receiver.secret_manifest(own),
                {"secret": values[receiver.name]},
                self.owner,
                inside,
            )
            for receiver in args.receivers
        ]
        server = urlsplit(stack.kargo.webhooks_base_url)
        paths = pulumi.Output.all(**values).apply(
            lambda known: {r.name: server.path + r.path(own, known[r.name]) for r in args.receivers}
        )
        compared = self._config(name, stack, paths, [ready, *secrets])
        # A preview has no status of the change it shows; `up` compares before anyone is given a URL.
        if not pulumi.runtime.is_dry_run():
            paths = pulumi.Output.all(paths, compared.id).apply(lambda known: dict(known[0]))
        urls = paths.apply(lambda known: {n: f"{server.scheme}://{server.netloc}{path}" for n, path in known.items()})
        self.webhooks = tuple(Webhook(r, urls[r.name], values[r.name]) for r in args.receivers)
        self.register_outputs({"namespace": self.namespace, "webhookUrls": urls})

    def _project(self, name: str, args: KargoProjectArgs) -> KubernetesObject:
        """Register namespace and Project, which hold all Freight and the history of every Stage.

        In production neither can be destroyed before `pulumi state unprotect`. The namespace is not forced, so that of
        two stacks which create it at once the API server refuses one.
        """
        kept = args.stack.environment == "production"
        adopted = KubernetesObject(
            f"{name}-namespace",
            namespace_manifest(args.stack),
            args.owner,
            pulumi.ResourceOptions(parent=self, protect=kept),
            forced=False,
        )
        return KubernetesObject(
            f"{name}-project",
            project_manifest(args.stack),
            args.owner,
            pulumi.ResourceOptions(parent=self, protect=kept, depends_on=[adopted]),
        )

    def _value(self, name: str, receiver: Receiver, args: KargoProjectArgs) -> pulumi.Output[str]:
        if args.webhook_secret is not None:
            return pulumi.Output.secret(args.webhook_secret)
        generated = WebhookSecret(
            f"{name}-secret-{receiver.name}", args.stack.webhooks.rotation, opts=pulumi.ResourceOptions(parent=self)
        )
        return pulumi.Output.secret(generated.value)

    def _config(
        self,
        name: str,
        stack: Stack,
        paths: pulumi.Output[dict[str, str]],
        depends_on: Sequence[pulumi.Resource],
    ) -> pulumi.CustomResource:
        """Register the ProjectConfig, and the comparison of what Kargo makes of it."""
        # Kargo does not watch Secrets: another token makes it derive the paths again.
        token = paths.apply(refresh_token)
        config = KubernetesObject(
            f"{name}-config",
            project_config_manifest(stack),
            self.owner,
            pulumi.ResourceOptions(
                parent=self,
                depends_on=depends_on,
                # Kargo writes the receivers' URLs there, and a `generic` receiver's URL is its credential.
                additional_secret_outputs=["status"],
            ),
            token.apply(lambda known: {REFRESH_ANNOTATION: known}),
        )
        return ReceiversReadiness(
            f"{name}-config-ready",
            stack.kubernetes.context,
            stack.kubernetes.kubeconfig,
            stack.kargo.project,
            config.uid,
            token,
            paths,
            pulumi.ResourceOptions(parent=self),
        )
