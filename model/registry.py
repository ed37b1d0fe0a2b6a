"""Container registry settings: Gitea or GHCR."""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from model.login import Login
from model.types.hosts import HostAndPort
from model.types.owners import GiteaOwner, GitHubOwner
from model.types.plain import present
from model.value import Value


class _Registry(Value):
    """The settings of both registries."""

    login: Annotated[Login | None, BeforeValidator(present)] = None
    """Login with which Kargo pulls images. Leave it out if the images are public."""

    @property
    def url(self) -> str:
        """Web address of the registry's host, without a trailing slash."""
        raise NotImplementedError

    def prefix(self) -> str:
        """Return the beginning of every image repository: `host/owner/`.

        The owner is lower case: the OCI distribution specification requires it.
        """
        raise NotImplementedError

    def image_repository(self, image: str) -> str:
        """Return the repository of the image `image`: `host/owner/image`."""
        return f"{self.prefix()}{image}"


class GiteaRegistry(_Registry):
    """A self-hosted Gitea container registry."""

    kind: Literal["gitea"] = "gitea"
    """Kind of the registry."""

    host: HostAndPort
    """Host and HTTPS port of Gitea, without a path. The port defaults to 443.

    Example: `gitea.cnoe.localtest.me:8443`"""

    owner: GiteaOwner
    """User or organization that owns the images.

    Example: `giteaadmin`"""

    insecure_skip_tls_verify: bool = Field(False, alias="insecureSkipTLSVerify")
    """Whether Kargo skips the verification of the server's certificate. Not allowed in production."""

    @property
    def url(self) -> str:
        """Gitea's web address, without a trailing slash."""
        return f"https://{self.host}"

    def prefix(self) -> str:
        """Return `host/owner/`."""
        return f"{self.host}/{self.owner.lower()}/"


class GhcrRegistry(_Registry):
    """GitHub's container registry."""

    insecure_skip_tls_verify: ClassVar[Literal[False]] = False

    kind: Literal["ghcr"] = "ghcr"
    """Kind of the registry."""

    owner: GitHubOwner
    """User or organization that owns the images.

    Example: `acme`"""

    @property
    def url(self) -> str:
        """Web address of the registry's host, without a trailing slash."""
        return "https://ghcr.io"

    def prefix(self) -> str:
        """Return `ghcr.io/owner/`."""
        return f"ghcr.io/{self.owner.lower()}/"


Registry = Annotated[GiteaRegistry | GhcrRegistry, Field(discriminator="kind")]
