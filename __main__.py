"""Composition root: a stack's file -> components -> stack outputs."""

import pulumi
from pulumi import ResourceOptions

from components.backstage_pipeline import PipelineArgs, pipeline_component
from components.cluster import KubernetesProvider
from components.credentials import CredentialsArgs, credentials_component
from components.dynamic.cluster_identity import ClusterIdentity
from components.gitea_webhooks import GiteaWebhooks, GiteaWebhooksArgs
from components.github_webhooks import GitHubWebhooks, GitHubWebhooksArgs
from components.kargo_project import KargoProject, KargoProjectArgs
from components.kargo_release import require_kargo
from components.owner import stack_owner
from config.interrupt import end_at_once_when_interrupted
from config.load import load
from kargo.other_systems import settings_for_other_systems
from kargo.receivers import receivers
from kargo.registration import registrations
from model.secrets import GITHUB_TOKEN, WEBHOOK_SECRET

end_at_once_when_interrupted()
stack, secrets = load()
require_kargo(stack)
owner = stack_owner("stack", stack.kubernetes)
cluster = ClusterIdentity("cluster", stack.kubernetes)
# On another cluster, `up` ends before it changes anything.
compared = ResourceOptions(depends_on=[cluster])
on_cluster = ResourceOptions(providers=[KubernetesProvider("kubernetes", stack.kubernetes, compared)])
of_project = KargoProjectArgs(stack, receivers(stack), owner, secrets.get(WEBHOOK_SECRET))
project = KargoProject("kargo", of_project, on_cluster)
inside = ResourceOptions.merge(on_cluster, ResourceOptions(depends_on=[project]))

component, aliases = credentials_component(stack.registry)
aliased = ResourceOptions.merge(inside, ResourceOptions(aliases=aliases))
credentials = component("credentials", CredentialsArgs(stack, project.owner, cluster.uid, secrets), aliased)

# Promotion policies first: Kargo does not reconcile Stages when the ProjectConfig changes.
ready = ResourceOptions.merge(inside, ResourceOptions(depends_on=[credentials]))
pipelines = [
    pipeline_component(pipeline.name)(pipeline.name, PipelineArgs(pipeline, stack, project.owner), ready)
    for pipeline in stack.pipelines
]

if stack.hook_accounts:
    # Needs no pipeline: with `--target`, a preview must register resources in the order of `up` (3.259).
    args = GiteaWebhooksArgs(stack, project.webhooks, pipelines, credentials, cluster.uid, secrets)
    GiteaWebhooks("gitea", args, inside)
if GITHUB_TOKEN in secrets:
    GitHubWebhooks("github", GitHubWebhooksArgs(stack, project.webhooks, cluster.uid, secrets[GITHUB_TOKEN]), inside)

pulumi.export("namespace", project.namespace)
pulumi.export("warehouses", [pipeline.warehouse for pipeline in pipelines])
pulumi.export("stages", {pipeline.pulumi_resource_name: pipeline.stages for pipeline in pipelines})
pulumi.export("images", {pipeline.pulumi_resource_name: pipeline.image_repository for pipeline in pipelines})
pulumi.export("webhookUrls", {webhook.receiver.name: webhook.url for webhook in project.webhooks})
pulumi.export("webhookSecrets", {w.receiver.name: w.secret for w in project.webhooks if w.receiver.signed})
pulumi.export("webhookRegistration", registrations(stack, secrets))
for name, value in settings_for_other_systems(stack).items():
    pulumi.export(name, value)
