"""The Kargo project: its namespace, Project, webhook Secrets, ProjectConfig, and the task that its Stages share.

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
from kargo.commit_task import NAME as COMMIT_TASK
from kargo.commit_task import commit_task_spec
from kargo.names import CRED_TYPE_LABEL, KARGO_API, KEEP_NAMESPACE_ANNOTATION, PROJECT_LABEL, REFRESH_ANNOTATION
from kargo.project_config import differing_paths, project_config_spec, refresh_token
from kargo.receivers import Receiver
from kargo.roles import groups_in_roles
from model.stack import Stack


@dataclass(frozen=True)
class KargoProjectArgs:
    """What a Kargo project is made of.

    Args:
        stack: whose project it is; names of Stages, groups, the repository and the rotation come from there.
        receivers: webhook receivers; names must differ.
        webhook_secret: secret of every receiver; None generates one for each.
    """

    stack: Stack
    receivers: Sequence[Receiver]
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
        webhooks: one for each receiver, in their order.
    """

    namespace: pulumi.Output[str]
    webhooks: tuple[Webhook, ...]

    def __init__(self, name: str, args: KargoProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:KargoProject", name, {}, opts)
        project = self._project(name, args.stack)
        self.namespace = project.id.apply(lambda _: args.stack.kargo.project)

        if in_roles := groups_in_roles(args.stack.kargo.roles):
            roles = ProjectRolesArgs(self.namespace, in_roles)
            ProjectRoles(f"{name}-roles", roles, pulumi.ResourceOptions(parent=self))

        self._task(name, args, project)
        values = {receiver.name: self._value(name, receiver, args) for receiver in args.receivers}
        secrets = [self._secret(name, r, args.stack.kargo.project, values[r.name], project) for r in args.receivers]
        server, own = urlsplit(args.stack.kargo.webhooks_base_url), args.stack.kargo.project
        paths = pulumi.Output.all(**values).apply(
            lambda known: {r.name: server.path + r.path(own, known[r.name]) for r in args.receivers}
        )
        config = self._config(name, args, paths, [project, *secrets])
        # A preview has no status of the change it shows; `up` compares before anyone is given a URL.
        if not pulumi.runtime.is_dry_run():
            paths = pulumi.Output.all(paths, config.status).apply(lambda known: confirmed(*known))
        urls = paths.apply(lambda known: {n: f"{server.scheme}://{server.netloc}{path}" for n, path in known.items()})
        self.webhooks = tuple(Webhook(r, urls[r.name], values[r.name]) for r in args.receivers)
        self.register_outputs({"namespace": self.namespace, "webhookUrls": urls})

    def _project(self, name: str, stack: Stack) -> KubernetesObject:
        """Register namespace and Project, which hold all Freight and the history of every Stage.

        In production neither can be destroyed before `pulumi state unprotect`, and a Project that somebody deletes in
        Kargo leaves its namespace, which a new one adopts.
        """
        project, kept = stack.kargo.project, stack.environment == "production"
        adopted = namespace(
            f"{name}-namespace",
            {"name": project, "labels": {PROJECT_LABEL: "true"}},
            pulumi.ResourceOptions(parent=self, protect=kept),
        )
        annotations = {**wait_for("condition=Ready"), **({KEEP_NAMESPACE_ANNOTATION: "true"} if kept else {})}
        return KubernetesObject(
            f"{name}-project",
            KARGO_API,
            "Project",
            {"name": project, "annotations": annotations},
            opts=pulumi.ResourceOptions(
                parent=self, protect=kept, depends_on=[adopted], custom_timeouts=ready_timeouts()
            ),
        )

    def _task(self, name: str, args: KargoProjectArgs, depends_on: pulumi.Resource) -> None:
        """Register the PromotionTask that the Stages share which push their commit."""
        if not any(stage.promote_by == "push" for pipeline in args.stack.pipelines for stage in pipeline.stages):
            return
        KubernetesObject(
            f"{name}-task-{COMMIT_TASK}",
            KARGO_API,
            "PromotionTask",
            {"name": COMMIT_TASK, "namespace": args.stack.kargo.project},
            {"spec": commit_task_spec(args.stack.git_ops)},
            pulumi.ResourceOptions(parent=self, depends_on=[depends_on]),
        )

    def _value(self, name: str, receiver: Receiver, args: KargoProjectArgs) -> pulumi.Output[str]:
        if args.webhook_secret is not None:
            return pulumi.Output.secret(args.webhook_secret)
        generated = WebhookSecret(
            f"{name}-secret-{receiver.name}", args.stack.webhooks.rotation, opts=pulumi.ResourceOptions(parent=self)
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
        project = args.stack.kargo.project
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
            {"spec": project_config_spec(project, args.stack.pipelines, args.receivers)},
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
