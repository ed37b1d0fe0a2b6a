"""Groups that may promote to one Stage: a Role with that right, and a ServiceAccount for the groups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kargo.manifest import Manifest, manifest
from kargo.names import KARGO_API
from kargo.roles import RBAC, account_manifest, binding_manifest
from model.stack import Stack

_VIEWER = "kargo-viewer"


@dataclass(frozen=True)
class StagePromoters:
    """The groups that may promote to a Stage: values of the claim `groups`.

    Args:
        stage: name of the Stage in Kargo.
        groups: the groups.
    """

    stage: str
    groups: Sequence[str]

    @property
    def name(self) -> str:
        """Name of the ServiceAccount, of the Role and of its RoleBinding."""
        return f"{self.stage}-promoters"

    def account_manifest(self, project: str) -> Manifest:
        """Return the ServiceAccount of the groups."""
        return account_manifest(self.name, self.groups, project)

    def role_manifest(self, project: str) -> Manifest:
        """Return the Role.

        For each Promotion that is created, changed or deleted, Kargo's admission asks Kubernetes whether the user may
        `promote` the Promotion's Stage. Kargo's API server asks the same before it creates one (Kargo 1.11, pkg/webhook
        and pkg/server). So the right to create Promotions, which Kubernetes cannot limit to a Stage, is of no use for
        another Stage.
        """
        group, _, _ = KARGO_API.partition("/")
        rules = [
            {"apiGroups": [group], "resources": ["stages"], "resourceNames": [self.stage], "verbs": ["promote"]},
            {"apiGroups": [group], "resources": ["promotions"], "verbs": ["create"]},
        ]
        return manifest(f"{RBAC}/v1", "Role", self.name, project, rules=rules)

    def binding_manifest(self, project: str) -> Manifest:
        """Return the RoleBinding of the ServiceAccount."""
        return binding_manifest(self.name, self.name, self.name, project)

    def viewer_binding_manifest(self, project: str) -> Manifest:
        """Return the binding to Kargo's role `kargo-viewer`: Kargo's UI reads the project with the user's rights."""
        return binding_manifest(f"{self.name}-view", _VIEWER, self.name, project)

    def manifests(self, project: str) -> Iterator[Manifest]:
        """Yield the objects in the order of their creation."""
        yield self.account_manifest(project)
        yield self.role_manifest(project)
        yield self.binding_manifest(project)
        yield self.viewer_binding_manifest(project)


def stage_promoters(stack: Stack) -> tuple[StagePromoters, ...]:
    """Return the Stages that have groups of their own."""
    return tuple(
        StagePromoters(pipeline.stage_name(stage.name), stage.promoters)
        for pipeline in stack.pipelines
        for stage in pipeline.stages
        if stage.promoters
    )
