"""How pushes reach Kargo."""

from typing import Literal

from model.texts.owners import Username
from model.texts.plain import TextOrNumber
from model.value import Value


class WebhookSettings(Value):
    """The hooks in Gitea and their secrets."""

    registration: bool = True
    """manage the hooks in Gitea"""

    scope: Literal["owner", "user", "organization", "system"] = "owner"
    """whose hooks they are: the `owner` of images or repository, the login's `user`, an `organization`, the `system`"""

    username: Username | None = None
    """user of `giteaPassword`, who manages the hooks; without it that of the login there, of `registry.login` first"""

    delivery_proof: bool = True
    """send a test delivery for each pipeline, and one for pull requests in Gitea, during `up`"""

    rotation: TextOrNumber = "1"
    """any text; another one makes new webhook secrets"""
