"""Composition root: a stack's file -> components -> stack outputs."""

import pulumi
from pulumi import ResourceOptions

from components.backstage_pipeline import former, pipeline_component
from components.cluster import KubernetesProvider
from components.credentials import CredentialsArgs, credentials_component
from components.gitea_webhooks import GiteaWebhooks, GiteaWebhooksArgs
from components.kargo_project import KargoProject, KargoProjectArgs
from components.owner import stack_owner
from components.pipeline import PipelineArgs
from config.interrupt import end_at_once_when_interrupted
from config.load import load
from kargo.elsewhere import settings_elsewhere
from kargo.receivers import receivers
from kargo.registration import registration
from model.secrets import WEBHOOK_SECRET

end_at_once_when_interrupted()
stack, secrets = load()
owner = stack_owner("stack", stack.kubernetes)
on_cluster = ResourceOptions(providers=[KubernetesProvider("kubernetes", stack.kubernetes)])
project = KargoProject(
    "kargo", KargoProjectArgs(stack, receivers(stack), owner, secrets.get(WEBHOOK_SECRET)), on_cluster
)
inside = ResourceOptions.merge(on_cluster, ResourceOptions(depends_on=[project]))

credentials, former_type = credentials_component(stack.registry)
logins = credentials(
    "credentials",
    CredentialsArgs(stack, project.owner, secrets),
    ResourceOptions.merge(inside, ResourceOptions(aliases=former_type)),
)

# A changed ProjectConfig does not wake Stages, so that who may promote by himself comes first.
behind = ResourceOptions.merge(inside, ResourceOptions(depends_on=[logins]))
pipelines = [
    pipeline_component(pipeline.name)(
        pipeline.name,
        PipelineArgs(pipeline, stack, project.owner),
        ResourceOptions.merge(behind, ResourceOptions(aliases=former(pipeline))),
    )
    for pipeline in stack.pipelines
]

if stack.hook_accounts:
    # A preview knows the URLs before the Project is there; with `--target` it must keep the order of `up` (3.259).
    GiteaWebhooks("gitea", GiteaWebhooksArgs(stack, project.webhooks, pipelines, logins, secrets), inside)

pulumi.export("namespace", project.namespace)
pulumi.export("warehouses", [pipeline.warehouse for pipeline in pipelines])
pulumi.export("stages", {pipeline.pulumi_resource_name: pipeline.stages for pipeline in pipelines})
pulumi.export("images", {pipeline.pulumi_resource_name: pipeline.image_repository for pipeline in pipelines})
pulumi.export("webhookUrls", {webhook.receiver.name: webhook.url for webhook in project.webhooks})
pulumi.export("webhookSecrets", {w.receiver.name: w.secret for w in project.webhooks if w.receiver.signed})
registered = {w.receiver.name: registration(w.receiver, stack.webhooks.registration) for w in project.webhooks}
pulumi.export("webhookRegistration", registered)
for name, value in settings_elsewhere(stack).items():
    pulumi.export(name, value)
