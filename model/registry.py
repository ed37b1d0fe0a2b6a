"""Container registry settings: Gitea or GHCR."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal
from urllib.parse import quote

from pydantic import BeforeValidator, Field

from model.login import Login
from model.problem import Problem
from model.types.hosts import HostAndPort
from model.types.owners import GiteaOwner, GitHubOwner
from model.types.plain import present
from model.types.urls import HttpUrl
from model.value import CheckedValue, Value

# The GitHub of ghcr.io.
GITHUB = "https://github.com"


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

    def package_page(self, image: str, tag: str) -> str:
        """Return the web page of the image `image`.

        Args:
            image: name of the image.
            tag: the tag, or an expression for it.
        """
        raise NotImplementedError


class GiteaRegistry(_Registry, CheckedValue):
    """A self-hosted Gitea container registry."""

    kind: Literal["gitea"] = "gitea"
    """Kind of the registry."""

    host: HostAndPort
    """Host and HTTPS port of Gitea's container registry, which is at the root of the host. The port defaults to 443.

    Example: `gitea.cnoe.localtest.me:8443`"""

    root_url: HttpUrl | None = None
    """Web address of Gitea (its setting `ROOT_URL`), if Gitea is below a path of the host, as with IDPBuilder's
    `--use-path-routing`. Defaults to `https://<host>`.

    Example: `https://cnoe.localtest.me:8443/gitea`"""

    owner: GiteaOwner
    """User or organization that owns the images.

    Example: `giteaadmin`"""

    insecure_skip_tls_verify: bool = Field(False, alias="insecureSkipTLSVerify")
    """Whether Kargo skips the verification of the registry's certificate when it reads tags and images. Not allowed in
    production."""

    @property
    def url(self) -> str:
        """Gitea's web address, without a trailing slash."""
        return self.root_url or f"https://{self.host}"

    def problems(self) -> Iterator[Problem]:
        """Yield a web address on another host, which would get the password."""
        if not f"{self.url}/".startswith(f"https://{self.host}/"):
            yield Problem("rootUrl", "not https:// and the host of the registry; write https://<host>/<path>")

    def prefix(self) -> str:
        """Return `host/owner/`."""
        return f"{self.host}/{self.owner.lower()}/"

    def package_page(self, image: str, tag: str) -> str:
        """Return the page of the version `tag` of the package (Gitea 1.26, `VersionHTMLURL`)."""
        return f"{self.url}/{self.owner}/-/packages/container/{quote(image, safe='')}/{tag}"


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

    def package_page(self, image: str, tag: str) -> str:
        """Return an address that GHCR redirects to the package's page on GitHub.

        The page itself has another address for an organization than for a user, and shows all tags.
        """
        return f"{self.url}/{self.owner.lower()}/{image}"


Registry = Annotated[GiteaRegistry | GhcrRegistry, Field(discriminator="kind")]
