"""The Kargo project: its namespace, Project, webhook Secrets and ProjectConfig.

Owns who may promote by itself and which webhooks are received at which URL. Does not register the webhooks with their
senders (`GiteaWebhook`) and binds nobody to a role: Kargo makes a project's roles itself.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Namespace, Secret

from components.kubernetes_object import (
    CRED_TYPE_LABEL,
    KARGO_API,
    PROJECT_LABEL,
    READY_TIMEOUT,
    REFRESH_ANNOTATION,
    wait_for,
)
from components.webhook_receivers import Receiver
from components.webhook_secret import WebhookSecret


@dataclass(frozen=True)
class KargoProjectArgs:
    """What a Kargo project is made of.

    Args:
        project: name of Project and namespace.
        receivers: webhook receivers; names must differ.
        auto_promoted_stages: exact names of the Stages that Kargo promotes by itself.
        webhooks_base_url: where Kargo's external webhooks server is reached, with its base path.
        webhook_secret: secret of every receiver; None generates one for each.
        rotation: any text; another text generates other secrets.
    """

    project: str
    receivers: Sequence[Receiver]
    auto_promoted_stages: Sequence[str]
    webhooks_base_url: str
    webhook_secret: pulumi.Input[str] | None = None
    rotation: str = "1"


class ProjectConfig(pulumi.CustomResource):
    """A Kargo ProjectConfig whose `status` can be read, which pulumi-kubernetes' generic CustomResource hides.

    `status` is secret: Kargo writes the receivers' URLs into it, and a `generic` receiver's URL is its credential.
    """

    status: pulumi.Output[Any]

    def __init__(self, name: str, metadata: dict[str, Any], spec: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(
            f"kubernetes:{KARGO_API}:ProjectConfig",
            name,
            {
                "apiVersion": KARGO_API,
                "kind": "ProjectConfig",
                "metadata": metadata,
                "spec": spec,
                "status": None,
            },
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["status"])),
        )


class KargoProject(pulumi.ComponentResource):
    """A Kargo project that is ready to take a pipeline.

    Args:
        name: Pulumi name.
        args: what the project is made of.
        opts: Pulumi options; must carry the Kubernetes provider.

    Attributes:
        namespace: name of the namespace, known when the Project is ready.
        webhook_paths: receiver name to path (secret).
        webhook_urls: receiver name to URL (secret); after `up`, equal to what Kargo reports.
        webhook_secrets: receiver name to secret (secret).
        signing_secrets: the same, of those receivers alone that check a signature (secret).
    """

    namespace: pulumi.Output[str]
    webhook_paths: pulumi.Output[dict[str, str]]
    webhook_urls: pulumi.Output[dict[str, str]]
    webhook_secrets: pulumi.Output[dict[str, str]]
    signing_secrets: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, args: KargoProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:KargoProject", name, {}, opts)
        namespace = Namespace(
            f"{name}-namespace",
            metadata={"name": args.project, "labels": {PROJECT_LABEL: "true"}},
            opts=pulumi.ResourceOptions(parent=self),
        )
        project = CustomResource(
            f"{name}-project",
            api_version=KARGO_API,
            kind="Project",
            metadata={"name": args.project, "annotations": wait_for("condition=Ready")},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace], custom_timeouts=_ready_timeouts()),
        )
        self.namespace = project.id.apply(lambda _: args.project)

        values = {receiver.name: self._secret_value(name, receiver, args) for receiver in args.receivers}
        webhook_secrets = [self._secret(name, r, args, values[r.name], project) for r in args.receivers]
        self.webhook_secrets = pulumi.Output.all(**values)
        server = urlsplit(args.webhooks_base_url)
        base_path = server.path.rstrip("/")
        signed = {receiver.name for receiver in args.receivers if receiver.signed}
        self.signing_secrets = self.webhook_secrets.apply(lambda s: {k: v for k, v in s.items() if k in signed})
        self.webhook_paths = self.webhook_secrets.apply(
            lambda secrets: {r.name: base_path + r.path(args.project, secrets[r.name]) for r in args.receivers}
        )
        config = self._config(name, args, [project, *webhook_secrets])
        # A preview has no status of the change it shows; `up` compares before anyone is given a URL.
        confirmed = (
            self.webhook_paths
            if pulumi.runtime.is_dry_run()
            else pulumi.Output.all(paths=self.webhook_paths, status=config.status).apply(
                lambda known: confirm_paths(known["paths"], known["status"])
            )
        )
        self.webhook_urls = confirmed.apply(
            lambda paths: {receiver: f"{server.scheme}://{server.netloc}{path}" for receiver, path in paths.items()}
        )
        self.register_outputs(
            {
                "namespace": self.namespace,
                "webhookPaths": self.webhook_paths,
                "webhookUrls": self.webhook_urls,
            }
        )

    def _secret_value(self, name: str, receiver: Receiver, args: KargoProjectArgs) -> pulumi.Output[str]:
        if args.webhook_secret is not None:
            return pulumi.Output.secret(args.webhook_secret)
        generated = WebhookSecret(
            f"{name}-secret-{receiver.name}", args.rotation, opts=pulumi.ResourceOptions(parent=self)
        )
        return pulumi.Output.secret(generated.value)

    def _secret(
        self,
        name: str,
        receiver: Receiver,
        args: KargoProjectArgs,
        value: pulumi.Output[str],
        project: pulumi.Resource,
    ) -> Secret:
        return Secret(
            f"{name}-webhook-{receiver.name}",
            metadata={
                "name": receiver.secret_name(args.project),
                "namespace": args.project,
                "labels": {CRED_TYPE_LABEL: "generic"},
            },
            string_data={"secret": value},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[project]),
        )

    def _config(self, name: str, args: KargoProjectArgs, depends_on: Sequence[pulumi.Resource]) -> ProjectConfig:
        # Kargo does not watch Secrets: another token makes it derive the paths again, and the wait sees it done.
        token = self.webhook_paths.apply(refresh_token)
        return ProjectConfig(
            f"{name}-config",
            metadata={
                "name": args.project,
                "namespace": args.project,
                "annotations": token.apply(
                    lambda t: {
                        REFRESH_ANNOTATION: t,
                        **wait_for("condition=Ready", f"jsonpath={{.status.lastHandledRefresh}}={t}"),
                    }
                ),
            },
            spec=project_config_spec(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=depends_on, custom_timeouts=_ready_timeouts()),
        )


def project_config_spec(args: KargoProjectArgs) -> dict[str, Any]:
    """Return the ProjectConfig's spec: promotion policies by exact Stage name, and the receivers."""
    return {
        "promotionPolicies": [
            {"stageSelector": {"name": stage}, "autoPromotionEnabled": True} for stage in args.auto_promoted_stages
        ],
        "webhookReceivers": [receiver.spec(args.project) for receiver in args.receivers],
    }


def refresh_token(paths: Mapping[str, str]) -> str:
    """Return a token that changes with any path and does not give it away."""
    joined = "\n".join(f"{name} {path}" for name, path in sorted(paths.items()))
    return hashlib.sha256(f"refresh\n{joined}".encode()).hexdigest()[:16]


def confirm_paths(paths: Mapping[str, str], status: Any) -> dict[str, str]:
    """Return `paths` if Kargo's status has the same ones.

    Args:
        paths: receiver name to computed path.
        status: the ProjectConfig's status as read after `up`.

    Raises:
        pulumi.RunError: naming the receivers that differ, never their paths.
    """
    reported = {r.get("name"): r.get("path") for r in (status or {}).get("webhookReceivers") or []}
    different = [name for name, path in paths.items() if reported.get(name) != path]
    if different:
        raise pulumi.RunError(
            f"Kargo reports another path than the computed one for: {', '.join(different)}. Either Kargo's own base "
            "URL (chart value externalWebhooksServer.basePath) has another path than "
            "kargo.webhooksBaseUrl, or this Kargo derives paths in another way than 1.11 does. "
            "No webhook was changed."
        )
    return dict(paths)


def _ready_timeouts() -> pulumi.CustomTimeouts:
    return pulumi.CustomTimeouts(create=READY_TIMEOUT, update=READY_TIMEOUT)
