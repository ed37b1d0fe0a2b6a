"""Composition root: a stack's file -> components -> stack outputs."""

import pulumi

from components.backstage_pipeline import pipeline_component
from components.cluster import KubernetesProvider
from components.credentials import CredentialsArgs, GhcrCredentials, GiteaCredentials
from components.gitea_webhooks import GiteaWebhooks, GiteaWebhooksArgs
from components.kargo_project import KargoProject, KargoProjectArgs
from components.pipeline import PipelineArgs
from config.interrupt import end_at_once_when_interrupted
from config.load import load
from kargo.chart_values import chart_values
from kargo.credentials import credentials
from kargo.receivers import receivers
from kargo.registration import registration
from model.registry import GiteaRegistry
from model.secrets import WEBHOOK_SECRET

end_at_once_when_interrupted()
configuration = load()
stack, secrets = configuration.stack, configuration.secrets
on_cluster = pulumi.ResourceOptions(providers=[KubernetesProvider("kubernetes", stack.kubernetes)])

project = KargoProject(
    "kargo",
    KargoProjectArgs(
        stack.kargo, stack.pipelines, receivers(stack), secrets.get(WEBHOOK_SECRET), stack.webhooks.rotation
    ),
    on_cluster,
)

logins = (GiteaCredentials if isinstance(stack.registry, GiteaRegistry) else GhcrCredentials)(
    stack.registry.kind,
    CredentialsArgs(stack.kubernetes, project.namespace, credentials(stack), secrets, stack.ca_bundle),
    on_cluster,
)

with_logins = pulumi.ResourceOptions.merge(on_cluster, pulumi.ResourceOptions(depends_on=[logins]))
pipelines = [
    pipeline_component(pipeline.name)(
        pipeline.name, PipelineArgs(project.namespace, pipeline, stack.registry, stack.git_ops), with_logins
    )
    for pipeline in stack.pipelines
]

if stack.hook_accounts:
    GiteaWebhooks("gitea", GiteaWebhooksArgs(stack, project.webhooks, pipelines, secrets))

pulumi.export("namespace", project.namespace)
pulumi.export("warehouses", [pipeline.warehouse for pipeline in pipelines])
pulumi.export("stages", {pipeline.pulumi_resource_name: pipeline.stages for pipeline in pipelines})
pulumi.export("images", {pipeline.pulumi_resource_name: pipeline.image_repository for pipeline in pipelines})
pulumi.export("webhookUrls", {webhook.receiver.name: webhook.url for webhook in project.webhooks})
pulumi.export("webhookSecrets", {w.receiver.name: w.secret for w in project.webhooks if w.receiver.signed})
registered = {w.receiver.name: registration(w.receiver, stack.webhooks.registration) for w in project.webhooks}
pulumi.export("webhookRegistration", registered)
if values := chart_values(stack):
    pulumi.export("chartValues", values)
