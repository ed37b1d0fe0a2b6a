"""Who signs in where: each host has its login, and none reaches another host."""

from collections.abc import Iterator
from dataclasses import dataclass

from model.git_ops import GitOps
from model.login import AppLogin, Login
from model.registry import GiteaRegistry, Registry
from model.secrets import GIT_OPS_PASSWORD, GIT_OPS_PRIVATE_KEY, GITEA_PASSWORD, PUBLISH_PASSWORD, REGISTRY_PASSWORD
from model.texts.urls import place
from model.webhooks import WebhookSettings


@dataclass(frozen=True)
class SignIn:
    """A login of Kargo's.

    Args:
        path: where it stands in the stack's file.
        login: who signs in.
        secrets: encrypted keys for its secret part, where this stack writes that; the first that is given counts.
    """

    path: str
    login: Login | AppLogin
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class HookAccount:
    """Who manages hooks in a Gitea: this program itself, for what somebody owns there.

    Args:
        server: Gitea's web address.
        owner: user or organisation that the hook is for.
        owned: what they own.
        username: who signs in; empty where nothing names a user, which the stack refuses.
        secret: encrypted key of the password or token.
    """

    server: str
    owner: str
    owned: str
    username: str
    secret: str


@dataclass(frozen=True)
class SignIns:
    """The logins of a stack.

    Args:
        registry: where images live.
        git_ops: where references are committed.
        webhooks: who manages hooks.
        publish_to: where images are copied.
    """

    registry: Registry
    git_ops: GitOps
    webhooks: WebhookSettings
    publish_to: Registry | None = None

    @property
    def is_one_host(self) -> bool:
        """Whether the same host serves images and the GitOps repository."""
        return place(self.registry.url) == place(self.git_ops.repo_url)

    def image(self) -> SignIn | None:
        """Return the login for images; None where they are public."""
        login = self.registry.login
        if login is None:
            return None
        is_giteas = isinstance(self.registry, GiteaRegistry) and self._is_gitea_user(login)
        return SignIn("registry.login", login, (REGISTRY_PASSWORD, *([GITEA_PASSWORD] if is_giteas else [])))

    def publish(self) -> SignIn | None:
        """Return the login for published images; None where there are none, or no login, which the stack refuses."""
        login = self.publish_to.login if self.publish_to else None
        return SignIn("publishTo.login", login, (PUBLISH_PASSWORD,)) if login else None

    def git(self) -> SignIn | None:
        """Return the login for the GitOps repository; None where there is none, which the stack refuses."""
        login = self.git_ops.login
        if login is None:
            return self.image() if self.is_one_host else None
        if isinstance(login, AppLogin):
            return SignIn("gitOps.login", login, (GIT_OPS_PRIVATE_KEY,))
        is_giteas = self.git_ops.provider == "gitea" and not self._has_own_gitea and self._is_gitea_user(login)
        return SignIn("gitOps.login", login, (GIT_OPS_PASSWORD, *([GITEA_PASSWORD] if is_giteas else [])))

    def hook_accounts(self, opens_pull_requests: bool) -> Iterator[HookAccount]:
        """Yield who manages the hooks that a stack needs in Gitea.

        Args:
            opens_pull_requests: whether events of pull requests are needed.
        """
        if isinstance(self.registry, GiteaRegistry):
            yield HookAccount(
                self.registry.url, self.registry.owner, "the images", self._gitea_username, GITEA_PASSWORD
            )
        if self.git_ops.provider == "gitea" and opens_pull_requests:
            own = self._has_own_gitea
            yield HookAccount(
                self.git_ops.server,
                self.git_ops.owner,
                "the GitOps repository",
                _username(self.git_ops.login) if own else self._gitea_username,
                GIT_OPS_PASSWORD if own else GITEA_PASSWORD,
            )

    @property
    def _has_own_gitea(self) -> bool:
        """Whether the GitOps repository's Gitea is another one than that of the images."""
        return isinstance(self.registry, GiteaRegistry) and self.git_ops.provider == "gitea" and not self.is_one_host

    @property
    def _gitea_username(self) -> str:
        """Whose password `giteaPassword` is: in the images' Gitea, else in the GitOps repository's."""
        registry = self.registry.login if isinstance(self.registry, GiteaRegistry) else None
        repository = None if self._has_own_gitea else self.git_ops.login
        return self.webhooks.username or _username(registry) or _username(repository)

    def _is_gitea_user(self, login: Login) -> bool:
        return login.username.lower() == self._gitea_username.lower()


def _username(login: Login | AppLogin | None) -> str:
    return login.username if isinstance(login, Login) else ""
