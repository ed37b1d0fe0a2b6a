"""Groups in Kargo's roles of a project: a ServiceAccount for the groups, bound to the role."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kargo.manifest import Manifest, manifest
from kargo.names import CLAIMS_ANNOTATION
from model.kargo import ProjectRoles

RBAC = "rbac.authorization.k8s.io"


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
        return account_manifest(self.name, self.groups, project)

    def binding_manifest(self, project: str) -> Manifest:
        """Return the RoleBinding of that ServiceAccount."""
        return binding_manifest(self.name, f"kargo-{self.role}", self.name, project)


def groups_in_roles(roles: ProjectRoles) -> tuple[GroupsInRole, ...]:
    """Return the roles that have groups."""
    found = (GroupsInRole("viewer", roles.viewer), GroupsInRole("promoter", roles.promoter))
    return tuple(having for having in found if having.groups)


def account_manifest(name: str, groups: Sequence[str], project: str) -> Manifest:
    """Return a ServiceAccount whose rights Kargo gives to groups."""
    claims = {CLAIMS_ANNOTATION: json.dumps({"groups": list(groups)})}
    return manifest("v1", "ServiceAccount", name, project, annotations=claims)


def binding_manifest(name: str, role: str, account: str, project: str) -> Manifest:
    """Return the RoleBinding of a ServiceAccount to a Role of the project."""
    reference = {"apiGroup": RBAC, "kind": "Role", "name": role}
    subject = {"kind": "ServiceAccount", "name": account, "namespace": project}
    return manifest(f"{RBAC}/v1", "RoleBinding", name, project, roleRef=reference, subjects=[subject])
