"""Composition root: stack configuration -> components -> stack outputs."""

import pulumi

import stack_config
from cluster import kubernetes_provider
from components.backstage_pipeline import BackstagePipeline, BackstagePipelineArgs
from components.gitea_webhooks import GiteaWebhooks, GiteaWebhooksArgs
from components.kargo_project import KargoProject, KargoProjectArgs
from components.registry_credentials import (
    GhcrCredentials,
    GiteaCredentials,
    KeyVault,
    RegistryCredentialsArgs,
)
from components.stage import GitOpsRepository, Stage
from components.warehouse import warehouse_spec
from components.webhook_receivers import receivers
from registries import GiteaRegistry

WAREHOUSE = "backstage"

config = stack_config.load()
model, registry, password = config.model, config.registry, config.gitea_password
on_cluster = pulumi.ResourceOptions(
    providers=[kubernetes_provider(model.kubernetes.context, model.kubernetes.kubeconfig)]
)
stages = [Stage(**stage.model_dump()) for stage in model.stages]
project_receivers = receivers(
    registry, WAREHOUSE, model.git_ops.provider, any(stage.promote_by == "pullRequest" for stage in stages)
)

project = KargoProject(
    "kargo",
    KargoProjectArgs(
        project=model.kargo.project,
        receivers=project_receivers,
        auto_promoted_stages=[stage.name for stage in stages if stage.auto_promotion],
        webhooks_base_url=model.kargo.webhooks_base_url,
        webhook_secret=config.webhook_secret,
        rotation=model.webhooks.rotation,
    ),
    on_cluster,
)

login = model.credentials
credentials_component = GiteaCredentials if isinstance(registry, GiteaRegistry) else GhcrCredentials
credentials = credentials_component(
    registry.kind,
    RegistryCredentialsArgs(
        namespace=project.namespace,
        image_repository=registry.image_repository,
        git_repository=model.git_ops.repo_url,
        username=login.username,
        secret_store=login.secret_store,
        remote_key=login.remote_key,
        refresh_interval=login.refresh_interval,
        key_vault=KeyVault(**login.key_vault.model_dump(), value=password) if login.key_vault and password else None,
    ),
    on_cluster,
)

pipeline = BackstagePipeline(
    "backstage",
    BackstagePipelineArgs(
        namespace=project.namespace,
        warehouse=WAREHOUSE,
        warehouse_spec=warehouse_spec(registry, **model.warehouse.model_dump()),
        image_repository=registry.image_repository,
        stages=stages,
        repository=GitOpsRepository(**model.git_ops.model_dump()),
    ),
    pulumi.ResourceOptions.merge(on_cluster, pulumi.ResourceOptions(depends_on=[credentials])),
)

managed = isinstance(registry, GiteaRegistry) and model.webhooks.registration
if isinstance(registry, GiteaRegistry):
    GiteaWebhooks(
        "gitea",
        GiteaWebhooksArgs(
            registry=registry,
            receivers=project_receivers,
            urls=project.webhook_urls,
            secrets=project.webhook_secrets,
            warehouse=pipeline.warehouse,
            username=login.username,
            password=password if managed else None,
            scope=model.webhooks.scope,
            delivery_proof=model.webhooks.delivery_proof,
            ca_bundle=model.ca_bundle,
        ),
    )

pulumi.export("namespace", project.namespace)
pulumi.export("warehouse", pipeline.warehouse)
pulumi.export("stages", pipeline.stages)
pulumi.export("imageRepository", registry.image_repository)
pulumi.export("webhookPaths", project.webhook_paths)
pulumi.export("webhookUrls", project.webhook_urls)
pulumi.export("webhookSecrets", project.signing_secrets)
pulumi.export("webhookRegistration", "managed" if managed else "by hand: see Webhooks in README.md")
