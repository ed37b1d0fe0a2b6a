"""Checks of a stack's logins: each must belong to its host and suffice for its purpose."""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from model.accounts import Account, Accounts
from model.login import AppLogin, Login
from model.problem import Problem
from model.registry import GiteaRegistry
from model.source import AzureKeyVaultSource, IdpBuilderSource, Source
from model.types import urls


class OwnedSource(NamedTuple):
    """A source, its own path in the file, and the path of the login or token that it is for."""

    owner: str
    path: str
    source: Source


def login_problems(accounts: Accounts, opens_pull_requests: bool) -> Iterator[Problem]:
    """Yield logins that are missing, belong to another host, or do not suffice for their purpose."""
    registry, git_ops = accounts.registry, accounts.git_ops
    image, git, publish = accounts.image(), accounts.git(), accounts.publish()
    if git is None:
        yield Problem(
            "gitOps.login",
            "missing, and registry.login is missing too; add one of them"
            if accounts.is_one_host
            else "missing; add it: registry.login is for another host",
        )
    if isinstance(registry, GiteaRegistry) and git_ops.provider == "github" and accounts.is_one_host:
        yield Problem("gitOps.provider", "the repository is on the registry's host, which is a Gitea; write gitea")
    if git_ops.provider == "gitea" and urls.place(git_ops.repo_url)[0] in ("github.com", "www.github.com"):
        yield Problem("gitOps.provider", "the repository is on GitHub; write github")
    if isinstance(git_ops.login, AppLogin) and git_ops.provider != "github":
        yield Problem("gitOps.login.githubApp", "works with GitHub only; write username and password")
    if image and not isinstance(registry, GiteaRegistry):
        yield from _idpbuilder_problems(image)
    if git and git.path == "gitOps.login" and git_ops.provider != "gitea":
        yield from _idpbuilder_problems(git)
    if git and opens_pull_requests and _is_idpbuilders_password(git):
        yield Problem(f"{git.path}.password.property", "a pull request needs an access token; write token")
    if publish and not isinstance(accounts.publish_to, GiteaRegistry):
        yield from _idpbuilder_problems(publish)
    for first, second in combinations(login_sources(accounts), 2):
        yield from vault_problems(first, second)


def login_sources(accounts: Accounts) -> list[OwnedSource]:
    """Return the source of each login."""
    found = [account for account in (accounts.image(), accounts.git(), accounts.publish()) if account]
    return [OwnedSource(one.path, _source_path(one), one.login.source) for one in {a.path: a for a in found}.values()]


def hook_login_problems(accounts: Accounts, opens_pull_requests: bool) -> Iterator[Problem]:
    """Yield webhooks in Gitea that no account could manage, and a repository whose packages nothing subscribes to."""
    if accounts.webhooks.repository and isinstance(accounts.registry, GiteaRegistry):
        yield Problem("webhooks.repository", "the images are not in GHCR; remove it")
    if not accounts.webhooks.registration:
        return
    for account in accounts.hooks(opens_pull_requests):
        if not account.username:
            yield Problem(
                "webhooks.username",
                "missing, and no login names a user of that Gitea; add it, or set registration: false",
            )


def _idpbuilder_problems(account: Account) -> Iterator[Problem]:
    if isinstance(account.login, Login) and isinstance(account.login.password, IdpBuilderSource):
        yield Problem(
            f"{account.path}.password.from", "idpbuilder is a login for Gitea only; write azureKeyVault or stack"
        )


def _is_idpbuilders_password(account: Account) -> bool:
    source = account.login.source
    return isinstance(source, IdpBuilderSource) and source.credential_property == "password"


def _source_path(account: Account) -> str:
    return f"{account.path}.{'githubApp.privateKey' if isinstance(account.login, AppLogin) else 'password'}"


def vault_problems(first: OwnedSource, second: OwnedSource) -> Iterator[Problem]:
    """Yield two sources that write the same secret of a vault, or whose settings of one vault differ.

    The name of a vault is unique in Azure.
    """
    one, other, path = first.source, second.source, second.path
    if not isinstance(one, AzureKeyVaultSource) or not isinstance(other, AzureKeyVaultSource):
        return
    if not one.vault or not other.vault or one.vault.name.lower() != other.vault.name.lower():
        return
    if one.vault.resource_group.lower() != other.vault.resource_group.lower():
        yield Problem(
            f"{path}.vault.resourceGroup",
            f"differs from the resource group of {first.owner}, but Azure has one vault of that name; write the same",
        )
        return
    if one.key.lower() == other.key.lower():
        yield Problem(
            f"{path}.key", f"{first.owner} writes the same secret of that vault; write another key, or remove vault"
        )
    if one.vault != other.vault and (one.vault.create or other.vault.create):
        yield Problem(
            f"{path}.vault", f"differs from the vault of {first.owner}, which the stack creates; write the same"
        )
