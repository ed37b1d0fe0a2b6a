"""A login of a stack's file: a username with a password, or a GitHub App."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from model.problem import Problem
from model.source import AzureKeyVaultSource, IdpBuilderSource, Source, StackSource
from model.types.owners import ClientId, InstallationId, Username
from model.value import CheckedValue, Value


class Login(Value):
    """A user with a password or an access token."""

    username: Username
    """User that signs in.

    Example: `giteaadmin`"""

    password: Annotated[AzureKeyVaultSource | IdpBuilderSource | StackSource, Field(discriminator="source")]
    """Source of the password or access token. A Stage with `promoteBy: pullRequest` needs an access token."""

    verify: bool = True
    """Whether `up` tries the login once, from the machine that runs Pulumi."""

    @property
    def source(self) -> Source:
        """The source of the password."""
        return self.password


class GitHubApp(CheckedValue):
    """A GitHub App that is installed for the GitOps repository."""

    client_id: ClientId
    """Client ID of the GitHub App.

    Example: `Iv23liAbCdEfGhIjKlMn`"""

    installation_id: InstallationId
    """Number of the installation: the last part of the URL of its settings page.

    Example: `12345678`"""

    private_key: Annotated[AzureKeyVaultSource | StackSource, Field(discriminator="source")]
    """Source of the App's private key in PEM format."""

    def problems(self) -> Iterator[Problem]:
        """Yield a property with a username, which an App does not have."""
        if isinstance(self.private_key, AzureKeyVaultSource) and self.private_key.username_property:
            yield Problem("privateKey.usernameProperty", "a GitHub App has no username; remove it")


class AppLogin(Value):
    """A GitHub App in the place of a user."""

    github_app: GitHubApp
    """GitHub App that signs in. It needs the permission `contents: write`, and `pull_requests: write` for a Stage with
    `promoteBy: pullRequest`."""

    @property
    def source(self) -> Source:
        """The source of the private key."""
        return self.github_app.private_key


def _variant(value: Any) -> str:
    is_app = isinstance(value, AppLogin) or (
        isinstance(value, dict) and not {"githubApp", "github_app"}.isdisjoint(value)
    )
    return (AppLogin if is_app else Login).__name__


GitLogin = Annotated[
    Annotated[Login, Tag(Login.__name__)] | Annotated[AppLogin, Tag(AppLogin.__name__)], Discriminator(_variant)
]
