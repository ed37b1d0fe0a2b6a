"""Groups that may view a Kargo project or promote in it.

Owns a ServiceAccount and a RoleBinding for each of the two roles. The Roles are Kargo's own. Nobody gets its admin
role, or a right outside of the project's namespace.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.kubernetes import KubernetesObject
from components.owner import Owner
from kargo.roles import GroupsInRole


@dataclass(frozen=True)
class ProjectRolesArgs:
    """Arguments of `ProjectRoles`: the Kargo project, and the roles that have groups."""

    project: str
    roles: Sequence[GroupsInRole]
    owner: Owner


class ProjectRoles(pulumi.ComponentResource):
    """Groups of the identity provider in Kargo's roles of a project."""

    def __init__(self, name: str, args: ProjectRolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:ProjectRoles", name, {}, opts)
        inside = pulumi.ResourceOptions(parent=self)
        for having in args.roles:
            child = f"{name}-{having.name}"
            account = KubernetesObject(child, having.account_manifest(args.project), args.owner, inside)
            bound = pulumi.ResourceOptions(parent=self, depends_on=[account])
            KubernetesObject(f"{child}-binding", having.binding_manifest(args.project), args.owner, bound)
        self.register_outputs({})
