"""Credentials that Kargo finds in a project's namespace: what each matches, and what its Secret holds."""

import re
from dataclasses import dataclass
from typing import Literal

from kargo.manifest import Manifest, manifest
from kargo.names import CRED_TYPE_LABEL
from model.login import AppLogin
from model.pipeline import Pipeline
from model.registry import Registry
from model.sign_in import SignIn
from model.source import Source
from model.stack import Stack

CredType = Literal["image", "git"]


@dataclass(frozen=True)
class Credential:
    """A login, and which repositories it is for in Kargo's words.

    Args:
        name: what it is for; ends the names of its objects.
        cred_type: Kargo's credential type.
        repo_url: the repository, or an expression that its address matches.
        sign_in: the login.
        tried_at: a repository among them, where the login is tried.
        is_regex: whether `repo_url` is an expression.
    """

    name: Literal["image", "git", "publish"]
    cred_type: CredType
    repo_url: str
    sign_in: SignIn
    tried_at: str
    is_regex: bool = False

    @property
    def source(self) -> Source:
        """Where the login's secret part lies."""
        return self.sign_in.login.secret

    @property
    def object_name(self) -> str:
        """Name of its ExternalSecret, and the beginning of its Secret's name."""
        return f"credentials-{self.name}"

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the Secret, by which Kargo finds it."""
        return {CRED_TYPE_LABEL: self.cred_type}

    @property
    def secret_key(self) -> str:
        """The key of the Secret that holds the login's secret part."""
        return "githubAppPrivateKey" if isinstance(self.sign_in.login, AppLogin) else "password"

    def secret_manifest(self, project: str) -> Manifest:
        """Return the Secret where the value is the stack's own, without that value.

        Its name tells nothing of the value, from which somebody could guess.
        """
        return manifest("v1", "Secret", f"{self.object_name}-stack", project, labels=self.labels)

    def data(self) -> dict[str, str]:
        """Return the other keys of the Secret: what Kargo 1.11 matches it by, and who signs in.

        A host alone or a glob never matches.
        """
        matched_by = {"repoURL": self.repo_url, **({"repoURLIsRegex": "true"} if self.is_regex else {})}
        login = self.sign_in.login
        if isinstance(login, AppLogin):
            app = login.github_app
            return {**matched_by, "githubAppClientID": app.client_id, "githubAppInstallationID": app.installation_id}
        return {**matched_by, "username": login.username}


def credentials(stack: Stack) -> tuple[Credential, ...]:
    """Return the credentials that cover every image read or published, and the GitOps repository.

    Public images have none: a wrong one would make them fail (Kargo 1.11).
    """
    repository = stack.git_ops.repo_url
    found = []
    if stack.image_sign_in:
        found.append(_of_images("image", stack.registry, stack.image_sign_in, stack.pipelines[0]))
    found.append(Credential("git", "git", repository, stack.git_sign_in, repository))
    if stack.publish_to and stack.publish_sign_in:
        first = next(pipeline for pipeline in stack.pipelines if any(stage.publish for stage in pipeline.stages))
        found.append(_of_images("publish", stack.publish_to, stack.publish_sign_in, first))
    return tuple(found)


def _of_images(name: Literal["image", "publish"], registry: Registry, sign_in: SignIn, first: Pipeline) -> Credential:
    """Return the credential of every image of a registry's owner.

    The expression is anchored and ends with the owner's slash: without either, the password would go to a host whose
    name merely begins alike.
    """
    images, tried_at = f"^{re.escape(registry.prefix())}", registry.image_repository(first.image)
    return Credential(name, "image", images, sign_in, tried_at, is_regex=True)
