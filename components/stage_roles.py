"""Groups that may promote to single Stages of a Kargo project.

Owns a Role for each of these Stages, the ServiceAccount of its groups, and the RoleBindings of that ServiceAccount.
Nobody gets a right to another Stage, or a right outside of the project's namespace.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.kubernetes import KubernetesObject
from components.owner import Owner
from kargo.stage_promoters import StagePromoters


@dataclass(frozen=True)
class StageRolesArgs:
    """Arguments of `StageRoles`: the Kargo project, and the Stages that have groups of their own."""

    project: str
    promoters: Sequence[StagePromoters]
    owner: Owner


class StageRoles(pulumi.ComponentResource):
    """Groups of the identity provider that may promote to a Stage."""

    def __init__(self, name: str, args: StageRolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:StageRoles", name, {}, opts)
        project, inside = args.project, pulumi.ResourceOptions(parent=self)
        for having in args.promoters:
            child = f"{name}-{having.stage}"
            account = KubernetesObject(child, having.account_manifest(project), args.owner, inside)
            role = KubernetesObject(f"{child}-role", having.role_manifest(project), args.owner, inside)
            bound = pulumi.ResourceOptions(parent=self, depends_on=[account])
            # For a user without the right `bind`, the API server compares the rights of the user and of the Role. It
            # refuses the dry run of a binding while the Role is missing, and the preview would fail (Kubernetes 1.36).
            owner = args.owner.within(role)
            KubernetesObject(f"{child}-binding", having.binding_manifest(project), owner, bound)
            KubernetesObject(f"{child}-view", having.viewer_binding_manifest(project), args.owner, bound)
        self.register_outputs({})
