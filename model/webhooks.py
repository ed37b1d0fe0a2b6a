"""How pushes reach Kargo."""

from typing import Literal

from model.texts.plain import TextOrNumber
from model.value import Value


class WebhookSettings(Value):
    """The hooks in Gitea and their secrets."""

    registration: bool = True
    """manage the hooks in Gitea"""

    scope: Literal["owner", "user", "organization", "system"] = "owner"
    """whose packages the hook sees: the images' `owner`, the login's `user`, an `organization`, the whole `system`"""

    delivery_proof: bool = True
    """send a test delivery for each pipeline during `up`"""

    rotation: TextOrNumber = "1"
    """any text; another one makes new webhook secrets"""
