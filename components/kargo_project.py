"""The Kargo project: its namespace, Project, webhook Secrets and ProjectConfig.

Owns which Stages promote by themselves, which groups have a role, and which webhooks are received at which URL. Does
not register the webhooks with their senders (`GiteaWebhooks`), nor make the roles: those are Kargo's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pulumi

from components.dynamic.webhook_secret import WebhookSecret
from components.kubernetes import KubernetesObject, namespace, ready_timeouts, secret, wait_for
from components.project_roles import ProjectRoles, ProjectRolesArgs
from kargo.names import CRED_TYPE_LABEL, KARGO_API, PROJECT_LABEL, REFRESH_ANNOTATION
from kargo.project_config import differing_paths, project_config_spec, refresh_token
from kargo.receivers import Receiver
from kargo.roles import groups_in_roles
from model.kargo import Kargo
from model.pipeline import Pipeline


@dataclass(frozen=True)
class KargoProjectArgs:
    """What a Kargo project is made of.

    Args:
        kargo: name of Project and namespace, and where its webhooks are received.
        pipelines: the pipelines whose Stages may promote by themselves.
        receivers: webhook receivers; names must differ.
        webhook_secret: secret of every receiver; None generates one for each.
        rotation: any text; another text generates other secrets.
    """

    kargo: Kargo
    pipelines: Sequence[Pipeline]
    receivers: Sequence[Receiver]
    webhook_secret: pulumi.Input[str] | None = None
    rotation: str = "1"


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
        webhooks: one for each receiver, in their order.
    """

    namespace: pulumi.Output[str]
    webhooks: tuple[Webhook, ...]

    def __init__(self, name: str, args: KargoProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:KargoProject", name, {}, opts)
        project = self._project(name, args.kargo.project)
        self.namespace = project.id.apply(lambda _: args.kargo.project)

        if in_roles := groups_in_roles(args.kargo.roles):
            roles = ProjectRolesArgs(self.namespace, in_roles)
            ProjectRoles(f"{name}-roles", roles, pulumi.ResourceOptions(parent=self))

        values = {receiver.name: self._value(name, receiver, args) for receiver in args.receivers}
        secrets = [self._secret(name, r, args.kargo.project, values[r.name], project) for r in args.receivers]
        server = urlsplit(args.kargo.webhooks_base_url)
        paths = pulumi.Output.all(**values).apply(
            lambda known: {r.name: server.path + r.path(args.kargo.project, known[r.name]) for r in args.receivers}
        )
        config = self._config(name, args, paths, [project, *secrets])
        # A preview has no status of the change it shows; `up` compares before anyone is given a URL.
        if not pulumi.runtime.is_dry_run():
            paths = pulumi.Output.all(paths, config.status).apply(lambda known: confirmed(*known))
        urls = paths.apply(lambda known: {n: f"{server.scheme}://{server.netloc}{path}" for n, path in known.items()})
        self.webhooks = tuple(Webhook(r, urls[r.name], values[r.name]) for r in args.receivers)
        self.register_outputs({"namespace": self.namespace, "webhookUrls": urls})

    def _project(self, name: str, project: str) -> KubernetesObject:
        adopted = namespace(
            f"{name}-namespace",
            {"name": project, "labels": {PROJECT_LABEL: "true"}},
            pulumi.ResourceOptions(parent=self),
        )
        return KubernetesObject(
            f"{name}-project",
            KARGO_API,
            "Project",
            {"name": project, "annotations": wait_for("condition=Ready")},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[adopted], custom_timeouts=ready_timeouts()),
        )

    def _value(self, name: str, receiver: Receiver, args: KargoProjectArgs) -> pulumi.Output[str]:
        if args.webhook_secret is not None:
            return pulumi.Output.secret(args.webhook_secret)
        generated = WebhookSecret(
            f"{name}-secret-{receiver.name}", args.rotation, opts=pulumi.ResourceOptions(parent=self)
        )
        return pulumi.Output.secret(generated.value)

    def _secret(
        self, name: str, receiver: Receiver, project: str, value: pulumi.Output[str], depends_on: pulumi.Resource
    ) -> KubernetesObject:
        return secret(
            f"{name}-webhook-{receiver.name}",
            {
                "name": receiver.secret_name(project),
                "namespace": project,
                "labels": {CRED_TYPE_LABEL: "generic"},
            },
            {"secret": value},
            pulumi.ResourceOptions(parent=self, depends_on=[depends_on]),
        )

    def _config(
        self,
        name: str,
        args: KargoProjectArgs,
        paths: pulumi.Output[dict[str, str]],
        depends_on: Sequence[pulumi.Resource],
    ) -> KubernetesObject:
        project = args.kargo.project
        # Kargo does not watch Secrets: another token makes it derive the paths again, and the wait sees it done.
        annotations = paths.apply(refresh_token).apply(
            lambda token: {
                REFRESH_ANNOTATION: token,
                **wait_for("condition=Ready", f"jsonpath={{.status.lastHandledRefresh}}={token}"),
            }
        )
        return KubernetesObject(
            f"{name}-config",
            KARGO_API,
            "ProjectConfig",
            {"name": project, "namespace": project, "annotations": annotations},
            {"spec": project_config_spec(project, args.pipelines, args.receivers)},
            pulumi.ResourceOptions(
                parent=self,
                depends_on=depends_on,
                custom_timeouts=ready_timeouts(),
                # Kargo writes the receivers' URLs there, and a `generic` receiver's URL is its credential.
                additional_secret_outputs=["status"],
            ),
        )


def confirmed(paths: Mapping[str, str], status: Any) -> dict[str, str]:
    """Return `paths` if Kargo's status has the same ones.

    Args:
        paths: receiver name to computed path.
        status: the ProjectConfig's status as read after `up`.

    Raises:
        pulumi.RunError: naming the receivers that differ, never their paths.
    """
    if different := differing_paths(paths, status):
        raise pulumi.RunError(
            f"Kargo reports another path than the computed one for: {', '.join(different)}. Either Kargo's own base "
            "URL (chart value externalWebhooksServer.basePath) has another path than "
            "kargo.webhooksBaseUrl, or this Kargo derives paths in another way than 1.11 does. "
            "No webhook was changed."
        )
    return dict(paths)
