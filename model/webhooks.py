"""The webhooks that report pushes to Kargo."""

from typing import Literal

from model.types.owners import Username
from model.types.plain import TextOrNumber
from model.value import Value


class WebhookSettings(Value):
    """The webhooks in Gitea and their secrets."""

    registration: bool = True
    """Whether the stack creates, updates and deletes the webhooks in Gitea."""

    scope: Literal["owner", "system"] = "owner"
    """Level of the webhooks in Gitea: the user or organization that owns the images or the repository, or the whole
    system, which requires an administrator."""

    username: Username | None = None
    """Gitea user that manages the webhooks with `giteaPassword`. Defaults to the user of `registry.login`, else of
    `gitOps.login`.

    Example: `giteaadmin`"""

    test_delivery: bool = True
    """Whether `up` sends a test delivery to each receiver that Gitea feeds. Set it to false if the machine that runs
    Pulumi cannot reach `kargo.webhooksBaseUrl`."""

    rotation: TextOrNumber = "1"
    """Any text. Change it to generate new webhook secrets and URLs."""
