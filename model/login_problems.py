"""Checks of a stack's logins: each must belong to its host, and be good for what is done there."""

from collections.abc import Iterator
from itertools import combinations

from model.login import AppLogin, Login
from model.problem import Problem
from model.registry import GiteaRegistry
from model.sign_in import SignIn, SignIns
from model.source import AzureKeyVaultSource, IdpBuilderSource


def login_problems(sign_ins: SignIns, opens_pull_requests: bool) -> Iterator[Problem]:
    """Find logins that are missing, belong to another host, or cannot do what the stack asks of them.

    Args:
        sign_ins: the stack's logins.
        opens_pull_requests: whether a Stage promotes by pull request.
    """
    registry, git_ops = sign_ins.registry, sign_ins.git_ops
    image, git, publish = sign_ins.image(), sign_ins.git(), sign_ins.publish()
    if git is None:
        yield Problem(
            "gitOps.login",
            "missing, and there is no registry.login that would serve; add it"
            if sign_ins.is_one_host
            else "missing, and the repository is not on the registry's host, whose login must not go there; add it",
        )
    if isinstance(registry, GiteaRegistry) and git_ops.provider == "github" and sign_ins.is_one_host:
        yield Problem("gitOps.provider", "github, but the repository is on the registry's host, a Gitea; write gitea")
    if isinstance(git_ops.login, AppLogin) and git_ops.provider != "github":
        yield Problem("gitOps.login.githubApp", "for GitHub alone; write username and password")
    if image and not isinstance(registry, GiteaRegistry):
        yield from _idpbuilder_problems(image)
    if git and git.path == "gitOps.login" and git_ops.provider != "gitea":
        yield from _idpbuilder_problems(git)
    if git and opens_pull_requests and _is_idpbuilders_password(git):
        yield Problem(f"{git.path}.password.property", "a password opens no pull request; write token")
    if publish and not isinstance(sign_ins.publish_to, GiteaRegistry):
        yield from _idpbuilder_problems(publish)
    own = {sign_in.path: sign_in for sign_in in (image, git, publish) if sign_in}
    for first, second in combinations(own.values(), 2):
        yield from _vault_problems(first, second)


def hook_login_problems(sign_ins: SignIns, opens_pull_requests: bool) -> Iterator[Problem]:
    """Find hooks that nobody could manage, or that would see nothing.

    Gitea tells a user's hook of what the user owns, and of nothing else.

    Args:
        sign_ins: the stack's logins.
        opens_pull_requests: whether events of pull requests are needed.
    """
    webhooks = sign_ins.webhooks
    if not webhooks.registration:
        return
    for account in sign_ins.hook_accounts(opens_pull_requests):
        if not account.username:
            yield Problem(
                "webhooks.username", "missing, and no login names a user of that Gitea; add it, or registration: false"
            )
        elif webhooks.scope == "user" and account.owner.lower() != account.username.lower():
            yield Problem(
                "webhooks.scope",
                f"the login's user does not own {account.owned}, of which its hook is never told; write owner",
            )


def _idpbuilder_problems(sign_in: SignIn) -> Iterator[Problem]:
    if isinstance(sign_in.login, Login) and isinstance(sign_in.login.password, IdpBuilderSource):
        yield Problem(
            f"{sign_in.path}.password.from", "idpbuilder, whose login is for its Gitea; write azureKeyVault or stack"
        )


def _is_idpbuilders_password(sign_in: SignIn) -> bool:
    source = sign_in.login.secret
    return isinstance(source, IdpBuilderSource) and source.credential_property == "password"


def _vault_problems(first: SignIn, second: SignIn) -> Iterator[Problem]:
    """Find two logins whose secrets in one vault are the same one, or that say different things of the vault."""
    one, other = first.login.secret, second.login.secret
    if not isinstance(one, AzureKeyVaultSource) or not isinstance(other, AzureKeyVaultSource):
        return
    if not one.vault or not other.vault or one.vault.name.lower() != other.vault.name.lower():
        return
    path = f"{second.path}.{'githubApp.privateKey' if isinstance(second.login, AppLogin) else 'password'}"
    if one.key.lower() == other.key.lower():
        yield Problem(f"{path}.key", f"the secret that {first.path} owns in that vault; write another, or no vault")
    if one.vault != other.vault and (one.vault.create or other.vault.create):
        yield Problem(
            f"{path}.vault", f"another than below {first.path}, where one of the two is to be made; write the same"
        )
