"""Which groups may see a Kargo project, and which may promote in it.

Owns a ServiceAccount for each of the two roles, and its RoleBinding. The Roles are Kargo's; nobody is bound to its
admin role, and nobody outside of the project's namespace gets anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.kubernetes import KubernetesObject
from kargo.roles import RBAC_API, GroupsInRole


@dataclass(frozen=True)
class ProjectRolesArgs:
    """Who has which role.

    Args:
        namespace: the Kargo project's namespace, known when the Project is ready.
        roles: the roles that have groups.
    """

    namespace: pulumi.Output[str]
    roles: Sequence[GroupsInRole]


class ProjectRoles(pulumi.ComponentResource):
    """Groups of the identity provider in Kargo's roles of a project.

    Args:
        name: Pulumi name.
        args: who has which role.
        opts: Pulumi options; must carry the Kubernetes provider.
    """

    def __init__(self, name: str, args: ProjectRolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("kargo-backstage:index:ProjectRoles", name, {}, opts)
        for having in args.roles:
            metadata = {"name": having.name, "namespace": args.namespace}
            account = KubernetesObject(
                f"{name}-{having.name}",
                "v1",
                "ServiceAccount",
                {**metadata, "annotations": having.annotations()},
                opts=pulumi.ResourceOptions(parent=self),
            )
            KubernetesObject(
                f"{name}-{having.name}-binding",
                RBAC_API,
                "RoleBinding",
                metadata,
                having.binding(args.namespace),
                pulumi.ResourceOptions(parent=self, depends_on=[account]),
            )
        self.register_outputs({})
