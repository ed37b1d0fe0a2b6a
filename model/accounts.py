"""The accounts of a stack: which user signs in to which server. No password reaches another host."""

from collections.abc import Iterator
from dataclasses import dataclass

from model.git_ops import GitOps
from model.login import AppLogin, Login
from model.registry import GITHUB, GiteaRegistry, Registry
from model.secrets import (
    GIT_OPS_PASSWORD,
    GIT_OPS_PRIVATE_KEY,
    GITEA_PASSWORD,
    GITHUB_TOKEN,
    PUBLISH_PASSWORD,
    REGISTRY_PASSWORD,
)
from model.types.urls import place
from model.webhooks import WebhookSettings


@dataclass(frozen=True)
class Account:
    """An account with which Kargo signs in.

    Args:
        path: path of its login in the stack's file.
        config_keys: encrypted keys that may contain its value, if this stack writes the value; the first one given is
            used.
    """

    path: str
    login: Login | AppLogin
    config_keys: tuple[str, ...]


@dataclass(frozen=True)
class HookAccount:
    """The account with which this program manages webhooks in a Gitea or GitHub.

    Args:
        server: web address of the Gitea or GitHub.
        owner: user or organization that the webhook is for.
        username: user that signs in to Gitea; empty if nothing names one, which the stack refuses. Empty for GitHub,
            where the token is enough.
        config_key: encrypted key that contains the password or token.
    """

    server: str
    owner: str
    username: str
    config_key: str


@dataclass(frozen=True)
class Accounts:
    """The accounts of a stack, which follow from these parts of it."""

    registry: Registry
    git_ops: GitOps
    webhooks: WebhookSettings
    publish_to: Registry | None = None

    @property
    def is_one_host(self) -> bool:
        """Whether the same host serves images and the GitOps repository."""
        return place(self.registry.url) == place(self.git_ops.repo_url)

    def image(self) -> Account | None:
        """Return the account that pulls images; None if they are public."""
        login = self.registry.login
        if login is None:
            return None
        is_giteas = isinstance(self.registry, GiteaRegistry) and self._is_gitea_user(login)
        return Account("registry.login", login, (REGISTRY_PASSWORD, *([GITEA_PASSWORD] if is_giteas else [])))

    def publish(self) -> Account | None:
        """Return the account that publishes images; None without `publishTo` or its login, which the stack refuses."""
        login = self.publish_to.login if self.publish_to else None
        return Account("publishTo.login", login, (PUBLISH_PASSWORD,)) if login else None

    def git(self) -> Account | None:
        """Return the account for the GitOps repository; None if it is missing, which the stack refuses."""
        login = self.git_ops.login
        if login is None:
            return self.image() if self.is_one_host else None
        if isinstance(login, AppLogin):
            return Account("gitOps.login", login, (GIT_OPS_PRIVATE_KEY,))
        is_giteas = self.git_ops.provider == "gitea" and not self._has_own_gitea and self._is_gitea_user(login)
        return Account("gitOps.login", login, (GIT_OPS_PASSWORD, *([GITEA_PASSWORD] if is_giteas else [])))

    def hooks(self, opens_pull_requests: bool) -> Iterator[HookAccount]:
        """Yield the accounts that manage the webhooks of a stack in Gitea, for pull requests if it opens any."""
        if isinstance(self.registry, GiteaRegistry):
            yield HookAccount(self.registry.url, self.registry.owner, self._gitea_username, GITEA_PASSWORD)
        if self.git_ops.provider == "gitea" and opens_pull_requests:
            own = self._has_own_gitea
            yield HookAccount(
                self.git_ops.server,
                self.git_ops.owner,
                _username(self.git_ops.login) if own else self._gitea_username,
                GIT_OPS_PASSWORD if own else GITEA_PASSWORD,
            )

    def github_hooks(self, opens_pull_requests: bool) -> HookAccount | None:
        """Return the account that may manage webhooks in GitHub; None if no GitHub sends events.

        The token goes to one GitHub: the images', else the GitOps repository's.
        """
        if not isinstance(self.registry, GiteaRegistry):
            return HookAccount(GITHUB, self.registry.owner, "", GITHUB_TOKEN)
        if self.git_ops.provider == "github" and opens_pull_requests:
            return HookAccount(self.git_ops.server, self.git_ops.owner, "", GITHUB_TOKEN)
        return None

    @property
    def _has_own_gitea(self) -> bool:
        """Whether images and GitOps repository are in two different Giteas."""
        return isinstance(self.registry, GiteaRegistry) and self.git_ops.provider == "gitea" and not self.is_one_host

    @property
    def _gitea_username(self) -> str:
        """The user of `giteaPassword`: in the images' Gitea, else in the GitOps repository's."""
        registry = self.registry.login if isinstance(self.registry, GiteaRegistry) else None
        repository = None if self._has_own_gitea else self.git_ops.login
        return self.webhooks.username or _username(registry) or _username(repository)

    def _is_gitea_user(self, login: Login) -> bool:
        return login.username.lower() == self._gitea_username.lower()


def _username(login: Login | AppLogin | None) -> str:
    return login.username if isinstance(login, Login) else ""
