"""Groups in Kargo's roles of a project: a ServiceAccount for the groups, bound to the role."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kargo.manifest import Manifest, manifest
from kargo.names import CLAIMS_ANNOTATION
from model.kargo import ProjectRoles

_RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class GroupsInRole:
    """The groups that have one of a project's roles: values of the claim `groups`.

    Kargo 1.11 creates the Roles `kargo-viewer` and `kargo-promoter` in each project's namespace. A user has the rights
    of every ServiceAccount there whose annotation contains one of the user's claims.
    """

    role: Literal["viewer", "promoter"]
    groups: Sequence[str]

    @property
    def name(self) -> str:
        """Name of the ServiceAccount and of its RoleBinding, which Kargo does not use."""
        return f"{self.role}-groups"

    def account_manifest(self, project: str) -> Manifest:
        """Return the ServiceAccount of the groups."""
        claims = {CLAIMS_ANNOTATION: json.dumps({"groups": list(self.groups)})}
        return manifest("v1", "ServiceAccount", self.name, project, annotations=claims)

    def binding_manifest(self, project: str) -> Manifest:
        """Return the RoleBinding of that ServiceAccount."""
        role = {"apiGroup": _RBAC, "kind": "Role", "name": f"kargo-{self.role}"}
        account = {"kind": "ServiceAccount", "name": self.name, "namespace": project}
        return manifest(f"{_RBAC}/v1", "RoleBinding", self.name, project, roleRef=role, subjects=[account])


def groups_in_roles(roles: ProjectRoles) -> tuple[GroupsInRole, ...]:
    """Return the roles that have groups."""
    found = (GroupsInRole("viewer", roles.viewer), GroupsInRole("promoter", roles.promoter))
    return tuple(having for having in found if having.groups)
