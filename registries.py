"""The two registries that can hold the images, as pure values.

Owns what differs between them: the repository's address and the web address. Knows nothing of Pulumi, so it can be
read and tested alone.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class GiteaRegistry:
    """A self-hosted Gitea container registry.

    Args:
        host: host and, if not 443, port; no scheme.
        owner: user or organisation that owns the package.
        image: package name below the owner; may contain slashes.
        insecure_skip_tls_verify: whether Kargo may skip verification of the host's certificate (development only).
    """

    host: str
    owner: str
    image: str
    insecure_skip_tls_verify: bool = False

    kind: Literal["gitea"] = "gitea"

    @property
    def image_repository(self) -> str:
        """The image's repository, `host/owner/image`; lower case, as the OCI distribution specification wants it."""
        return f"{self.host}/{self.owner.lower()}/{self.image}"

    @property
    def url(self) -> str:
        """Gitea's web address, without a trailing slash."""
        return f"https://{self.host}"


@dataclass(frozen=True)
class GhcrRegistry:
    """GitHub's container registry.

    Args:
        owner: user or organisation that owns the package.
        image: package name below the owner; may contain slashes.
    """

    owner: str
    image: str
    insecure_skip_tls_verify: Literal[False] = False

    kind: Literal["ghcr"] = "ghcr"

    @property
    def image_repository(self) -> str:
        """The image's repository, `ghcr.io/owner/image`; lower case, as the OCI distribution specification wants it."""
        return f"ghcr.io/{self.owner.lower()}/{self.image}"


Registry = GiteaRegistry | GhcrRegistry
