"""A login: a username with its password, or a GitHub App."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from model.source import AzureKeyVaultSource, IdpBuilderSource, Source, StackSource
from model.texts.github import ClientId, InstallationId
from model.texts.owners import Username
from model.value import Value


class Login(Value):
    """Who Kargo signs in as."""

    username: Username
    """user of the password or token"""

    password: Annotated[AzureKeyVaultSource | IdpBuilderSource | StackSource, Field(discriminator="source")]
    """where the password lies, or the token, which a pull-request Stage needs"""

    proof: bool = True
    """try it once during `up`, from the machine that runs Pulumi"""

    @property
    def secret(self) -> Source:
        """Where the secret part lies."""
        return self.password


class GitHubApp(Value):
    """A GitHub App that is installed where the GitOps repository is."""

    client_id: ClientId
    """the App's client ID"""

    installation_id: InstallationId
    """number of the installation, the last part of its settings page's address"""

    private_key: Annotated[AzureKeyVaultSource | StackSource, Field(discriminator="source")]
    """where the App's private key lies, in PEM: `azureKeyVault` or `stack`"""


class AppLogin(Value):
    """What Kargo signs in as."""

    github_app: GitHubApp
    """a GitHub App instead of a user; needs `contents: write`, and `pull_requests: write` for a pull-request Stage"""

    @property
    def secret(self) -> Source:
        """Where the secret part lies."""
        return self.github_app.private_key


def _variant(value: Any) -> str:
    is_app = isinstance(value, AppLogin) or (
        isinstance(value, dict) and not {"githubApp", "github_app"}.isdisjoint(value)
    )
    return (AppLogin if is_app else Login).__name__


GitLogin = Annotated[
    Annotated[Login, Tag(Login.__name__)] | Annotated[AppLogin, Tag(AppLogin.__name__)], Discriminator(_variant)
]
