"""Where images live: Gitea's container registry or GitHub's."""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from model.login import Login
from model.texts.hosts import HostAndPort
from model.texts.owners import GiteaOwner, GitHubOwner
from model.texts.plain import present
from model.value import Value


class _Registry(Value):
    """What both registries have in common."""

    login: Annotated[Login | None, BeforeValidator(present)] = None
    """login with which Kargo reads images; left out, they are public"""

    @property
    def url(self) -> str:
        """Web address of the registry's host, without a trailing slash."""
        raise NotImplementedError

    def prefix(self) -> str:
        """Return what every image repository here begins with: `host/owner/`.

        The owner is lower case, as the OCI distribution specification wants repositories.
        """
        raise NotImplementedError

    def image_repository(self, image: str) -> str:
        """Return the repository of the image `image`: `host/owner/image`."""
        return f"{self.prefix()}{image}"


class GiteaRegistry(_Registry):
    """A self-hosted Gitea container registry."""

    kind: Literal["gitea"] = "gitea"
    """which registry this is"""

    host: HostAndPort
    """host and, if not 443, port of its HTTPS address; the registry is at the host's root"""

    owner: GiteaOwner
    """user or organisation that owns the images"""

    insecure_skip_tls_verify: bool = False
    """Kargo does not verify the certificate; development only"""

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
    """which registry this is"""

    owner: GitHubOwner
    """user or organisation that owns the images"""

    @property
    def url(self) -> str:
        """The registry's own host; GitHub's is another."""
        return "https://ghcr.io"

    def prefix(self) -> str:
        """Return `ghcr.io/owner/`."""
        return f"ghcr.io/{self.owner.lower()}/"


Registry = Annotated[GiteaRegistry | GhcrRegistry, Field(discriminator="kind")]
