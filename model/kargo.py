"""The Kargo project of a stack."""

from typing import Annotated

from pydantic import Field

from model.types.names import ProjectName
from model.types.plain import NonEmpty
from model.types.urls import HttpUrl
from model.value import Value

Groups = Annotated[tuple[NonEmpty, ...], Field(strict=False)]


class ProjectRoles(Value):
    """Groups of the identity provider that get Kargo's own roles in the project. Nobody becomes its admin."""

    viewer: Groups = ()
    """Groups that may view the project, as the claim `groups` of the identity provider names them.

    Example: `[backstage-developers]`"""

    promoter: Groups = ()
    """Groups that may also promote to every Stage of the project.

    Example: `[platform-team]`"""


class Kargo(Value):
    """The Kargo Project, and the address at which Kargo receives webhooks."""

    project: ProjectName
    """Name of the Kargo Project and of its namespace. The stack creates both.

    Example: `backstage`"""

    webhooks_base_url: HttpUrl
    """URL of Kargo's external webhooks server, including its base path, as senders of webhooks reach it.

    Example: `https://kargo-webhooks.example.com`"""

    roles: ProjectRoles = ProjectRoles()
    """Roles in the Kargo project."""
