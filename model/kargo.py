"""The Kargo project of a stack."""

from typing import Annotated

from pydantic import Field

from model.texts.names import ProjectName
from model.texts.plain import NonEmpty
from model.texts.urls import HttpUrl
from model.value import Value

Groups = Annotated[tuple[NonEmpty, ...], Field(strict=False)]


class ProjectRoles(Value):
    """Which groups of the identity provider have which of Kargo's roles in this project; nobody is made its admin."""

    viewer: Groups = ()
    """groups that may see the project, as the claim `groups` names them"""

    promoter: Groups = ()
    """groups that may promote, too"""


class Kargo(Value):
    """Which Kargo Project, and where Kargo receives webhooks."""

    project: ProjectName
    """Kargo Project, and namespace"""

    webhooks_base_url: HttpUrl
    """where senders reach Kargo's external webhooks server, with its base path"""

    roles: ProjectRoles = ProjectRoles()
    """who may do what in Kargo"""
