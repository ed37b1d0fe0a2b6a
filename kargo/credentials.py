"""Kargo's credentials: the repositories that each matches, and the content of its Secret."""

import re
from dataclasses import dataclass
from typing import Literal

from kargo.project_secret import ProjectSecret
from model.accounts import Account
from model.login import AppLogin
from model.pipeline import Pipeline
from model.registry import Registry
from model.source import Source
from model.stack import Stack


@dataclass(frozen=True)
class Credential(ProjectSecret):
    """An account, and the repositories that it is for.

    Args:
        name: purpose of the credential, and end of the names of its objects.
        cred_type: Kargo's credential type.
        repo_url: the repository, or a regular expression that matches several.
        account: the account.
        tried_at: one of the repositories, for the login check.
        is_regex: whether `repo_url` is a regular expression.
    """

    name: Literal["image", "git", "publish"]
    cred_type: Literal["image", "git"]
    repo_url: str
    account: Account
    tried_at: str
    is_regex: bool = False

    @property
    def source(self) -> Source:
        """The source of the login's password or private key."""
        return self.account.login.source

    @property
    def path(self) -> str:
        """Path of the login in the stack's file."""
        return self.account.path

    @property
    def config_keys(self) -> tuple[str, ...]:
        """Encrypted keys that may contain the password or private key."""
        return self.account.config_keys

    @property
    def secret_key(self) -> str:
        """Key of the Secret that contains the password or private key."""
        return "githubAppPrivateKey" if isinstance(self.account.login, AppLogin) else "password"

    def data(self) -> dict[str, str]:
        """Return the other keys of the Secret: the repository and the user.

        Kargo 1.11 matches repositories exactly or with a regular expression. A host alone or a glob never matches.
        """
        matched_by = {"repoURL": self.repo_url, **({"repoURLIsRegex": "true"} if self.is_regex else {})}
        login = self.account.login
        if isinstance(login, AppLogin):
            app = login.github_app
            return {**matched_by, "githubAppClientID": app.client_id, "githubAppInstallationID": app.installation_id}
        return {**matched_by, "username": login.username}


def credentials(stack: Stack) -> tuple[Credential, ...]:
    """Return the credentials for the images, the GitOps repository, and published images.

    Public images have no credential: with a wrong one Kargo 1.11 could not pull them.
    """
    repository = stack.git_ops.repo_url
    found = []
    if stack.image_account:
        found.append(_of_images("image", stack.registry, stack.image_account, stack.pipelines[0]))
    found.append(Credential("git", "git", repository, stack.git_account, repository))
    if stack.publish_to and stack.publish_account:
        first = next(pipeline for pipeline in stack.pipelines if any(stage.publish for stage in pipeline.stages))
        found.append(_of_images("publish", stack.publish_to, stack.publish_account, first))
    return tuple(found)


def _of_images(name: Literal["image", "publish"], registry: Registry, account: Account, first: Pipeline) -> Credential:
    """Return the credential for all images of a registry's owner.

    The expression is anchored and ends with a slash. Otherwise it would also match a host with a similar name, which
    would get the password.
    """
    images, tried_at = f"^{re.escape(registry.prefix())}", registry.image_repository(first.image)
    return Credential(name, "image", images, account, tried_at, is_regex=True)
