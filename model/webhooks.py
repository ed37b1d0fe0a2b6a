"""The webhooks that report pushes to Kargo."""

from typing import Literal

from model.types.owners import GitHubRepository, Username
from model.types.plain import TextOrNumber
from model.value import Value


class WebhookSettings(Value):
    """The webhooks in Gitea and GitHub, and their secrets."""

    registration: bool = True
    """Whether the stack creates, updates and deletes the webhooks: in Gitea, and in GitHub if `githubToken` is set."""

    scope: Literal["owner", "system"] = "owner"
    """Level of the webhooks in Gitea: the user or organization that owns the images or the repository, or the whole
    system, which requires an administrator."""

    username: Username | None = None
    """Gitea user that manages the webhooks with `giteaPassword`. Defaults to the user of `registry.login`, else of
    `gitOps.login`.

    Example: `giteaadmin`"""

    repository: GitHubRepository | None = None
    """Repository on GitHub to which the packages are linked, without its owner. Its webhook then reports pushed images,
    not the organization's. With `githubToken` it is required if the owner of the images is a user: only organizations
    have webhooks.

    Example: `backstage`"""

    test_delivery: bool = True
    """Whether `up` sends a test delivery to each receiver that Gitea feeds, and checks that Kargo answers a ping of
    GitHub. Set it to false if the machine that runs Pulumi cannot reach `kargo.webhooksBaseUrl`."""

    rotation: TextOrNumber = "1"
    """Any text. Change it to generate new webhook secrets and URLs."""
