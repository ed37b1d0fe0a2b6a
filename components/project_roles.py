"""Which groups may see a Kargo project, and which may promote in it.

Owns a ServiceAccount for each of the two roles, and its RoleBinding. The Roles are Kargo's; nobody is bound to its
admin role, and nobody outside of the project's namespace gets anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.kubernetes import KubernetesObject
from components.owner import Owner
from kargo.roles import GroupsInRole


@dataclass(frozen=True)
class ProjectRolesArgs:
    """Who has which role.

    Args:
        project: the Kargo project.
        roles: the roles that have groups.
        owner: the stack.
    """

    project: str
    roles: Sequence[GroupsInRole]
    owner: Owner


class ProjectRoles(pulumi.ComponentResource):
    """Groups of the identity provider in Kargo's roles of a project.

    Args:
        name: Pulumi name.
        args: who has which role.
        opts: Pulumi options; must carry the Kubernetes provider.
    """

    def __init__(self, name: str, args: ProjectRolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:ProjectRoles", name, {}, opts)
        inside = pulumi.ResourceOptions(parent=self)
        for having in args.roles:
            child = f"{name}-{having.name}"
            account = KubernetesObject(child, having.account_manifest(args.project), args.owner, inside)
            bound = pulumi.ResourceOptions(parent=self, depends_on=[account])
            KubernetesObject(f"{child}-binding", having.binding_manifest(args.project), args.owner, bound)
        self.register_outputs({})
