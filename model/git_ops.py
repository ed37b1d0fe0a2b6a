"""The GitOps repository that Argo CD syncs."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from model.login import GitLogin
from model.texts.durations import PositiveDuration
from model.texts.files import ImagesFile
from model.texts.git import Branch
from model.texts.plain import present
from model.texts.urls import GitUrl
from model.value import Value


class Retry(Value):
    """How often, and for how long, Kargo tries a step again that met an error."""

    error_threshold: Annotated[int, Field(ge=1, le=100)] = 5
    """errors after which it is given up"""

    timeout: PositiveDuration = "10m0s"
    """time after which it is given up"""


class GitOps(Value):
    """Where image references are committed: `{environment: {app: "repository:tag"}}` in one JSON file."""

    provider: Literal["gitea", "github"]
    """who serves the repository, for pull requests"""

    repo_url: GitUrl
    """HTTPS URL of the repository; HTTP on this machine's loopback alone"""

    branch: Branch = "main"
    """branch that Argo CD follows"""

    images_file: ImagesFile = ".env-files/images.json"
    """path of the JSON file; with `{app}`, `{environment}`, `{pipeline}` or `{stage}` one for each"""

    retry: Retry = Retry()
    """how long Kargo tries what fails for a moment: clone, push, and a look at a pull request"""

    login: Annotated[GitLogin | None, BeforeValidator(present)] = None
    """login with which Kargo writes the repository; left out, that of the registry, where both are on one host"""

    insecure_skip_tls_verify: bool = False
    """Kargo does not verify the certificate; development only"""

    @property
    def server(self) -> str:
        """Web address of the Gitea or GitHub that serves the repository, without a trailing slash."""
        parts = urlsplit(self.repo_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def owner(self) -> str:
        """User or organisation that the repository belongs to."""
        return urlsplit(self.repo_url).path.strip("/").partition("/")[0]

    @property
    def page(self) -> str:
        """The repository's web page."""
        return self.repo_url.rstrip("/").removesuffix(".git")
