"""Every Kubernetes object of a stack, as far as its file alone determines it."""

from collections.abc import Iterator

from kargo.commit_task import commit_task_manifest
from kargo.external_secret import external_secret_manifest
from kargo.manifest import Manifest
from kargo.project import namespace_manifest, project_config_manifest, project_manifest
from kargo.project_secrets import project_secrets
from kargo.receivers import receivers
from kargo.roles import groups_in_roles
from kargo.secret_store import secret_store_manifest, secret_stores, service_account_manifest
from kargo.stage import stage_manifest
from kargo.stage_promoters import stage_promoters
from kargo.warehouse import warehouse_manifest
from model.source import StackSource
from model.stack import Stack


def manifests(stack: Stack) -> Iterator[Manifest]:
    """Yield the objects in the order of their creation.

    They do not contain values that only a deployed stack knows: the data of a Secret, the name of an ExternalSecret's
    Secret, and Pulumi's annotations.
    """
    project = stack.kargo.project
    yield namespace_manifest(stack)
    yield project_manifest(stack)
    for in_role in groups_in_roles(stack.kargo.roles):
        yield in_role.account_manifest(project)
        yield in_role.binding_manifest(project)
    for promoters in stage_promoters(stack):
        yield from promoters.manifests(project)
    if task := commit_task_manifest(stack):
        yield task
    for receiver in receivers(stack):
        yield receiver.secret_manifest(project)
    yield project_config_manifest(stack)
    yield from _credentials(stack)
    for pipeline in stack.pipelines:
        yield warehouse_manifest(pipeline, stack)
        for stage in pipeline.stages:
            yield stage_manifest(stage, pipeline, stack)


def _credentials(stack: Stack) -> Iterator[Manifest]:
    project, found = stack.kargo.project, project_secrets(stack)
    stores = secret_stores(found)
    for identity, store in stores.items():
        yield service_account_manifest(identity, store, project)
        yield secret_store_manifest(identity, store, project)
    for credential in found:
        if isinstance(credential.source, StackSource):
            yield credential.secret_manifest(project)
        else:
            yield external_secret_manifest(credential, credential.source, stores, project)
