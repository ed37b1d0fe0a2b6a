"""The GitOps repository that Argo CD syncs."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from model.login import GitLogin
from model.types.durations import Duration, nonzero
from model.types.files import ImagesFile
from model.types.git import Branch
from model.types.plain import Title, present
from model.types.urls import OWNER_AND_REPOSITORY, GitUrl, path_parts
from model.value import Value


class Retry(Value):
    """The limits of Kargo's retries of a step."""

    error_threshold: Annotated[int, Field(ge=1, le=100)] = 5
    """Number of errors after which a step fails."""

    timeout: Annotated[Duration, nonzero("write how long Kargo retries the step, such as 10m")] = "10m0s"
    """Time after which a step fails."""


class GitOps(Value):
    """The repository with the images file, `{environment: {app: "repository:tag"}}` in JSON."""

    provider: Literal["gitea", "github"]
    """Server of the repository. Kargo uses it for pull requests."""

    repo_url: GitUrl = Field(alias="repoURL")
    """HTTPS URL of the repository. HTTP is allowed for a loopback address only.

    Example: `https://github.com/acme/backstage-gitops.git`"""

    branch: Branch = "main"
    """Branch that Argo CD follows."""

    images_file: ImagesFile = ".env-files/images.json"
    """Path of the images file in the repository. With the placeholders `{app}`, `{environment}`, `{pipeline}` or
    `{stage}` there is one file for each."""

    message: Title = "{environment}: {app} {tag}"
    """First line of the commit message. Placeholders: `{environment}`, `{app}`, `{pipeline}`, `{stage}`, `{tag}`.

    Example: `"chore({pipeline}-{stage}): promote {tag} [skip ci]"`"""

    retry: Retry = Retry()
    """Retries of steps that talk to the Git server."""

    login: Annotated[GitLogin | None, BeforeValidator(present)] = None
    """Login with which Kargo clones and pushes. Defaults to `registry.login` if both are on the same host; otherwise it
    is required."""

    insecure_skip_tls_verify: bool = Field(False, alias="insecureSkipTLSVerify")
    """Whether Kargo skips the verification of the server's certificate. Not allowed in production."""

    @property
    def server(self) -> str:
        """Web address of the Gitea or GitHub that serves the repository, without a trailing slash.

        A Gitea below a path has that path in its address.
        """
        return self.repo_url.rsplit("/", OWNER_AND_REPOSITORY)[0]

    @property
    def owner(self) -> str:
        """User or organization that owns the repository."""
        return path_parts(self.repo_url)[-OWNER_AND_REPOSITORY]

    @property
    def repository(self) -> str:
        """Name of the repository, without its owner."""
        return path_parts(self.page)[-1]

    @property
    def page(self) -> str:
        """The repository's web page."""
        return self.repo_url.rstrip("/").removesuffix(".git")
