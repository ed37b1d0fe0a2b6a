"""The Kargo project of a stack."""

from model.texts.names import ProjectName
from model.texts.urls import HttpUrl
from model.value import Value


class Kargo(Value):
    """Which Kargo Project, and where Kargo receives webhooks."""

    project: ProjectName
    """Kargo Project, and namespace"""

    webhooks_base_url: HttpUrl
    """where senders reach Kargo's external webhooks server, with its base path"""
