"""Which images a Warehouse finds in its registry (pkg/subscription/image.go, pkg/image)."""

import ssl
from typing import Any

from sandbox.standins.controllers.kargo.credentials import Credentials
from sandbox.standins.controllers.kargo.libraries import Libraries
from sandbox.standins.controllers.kargo.names import NotImitatedError, only
from sandbox.standins.controllers.kargo.registry import RegistryError, Repository

_SUBSCRIPTION = (
    "repoURL",
    "imageSelectionStrategy",
    "strictSemvers",
    "allowTagsRegexes",
    "constraint",
    "discoveryLimit",
    "insecureSkipTLSVerify",
)


class DiscoveryError(Exception):
    """A registry cannot be read; the text is Kargo's."""


class Discovery:
    """Lists what subscriptions allow, newest first.

    Args:
        credentials: finds each repository's login.
        libraries: choose and order the tags.
        trust: what registries' certificates are checked against.
    """

    def __init__(self, credentials: Credentials, libraries: Libraries, trust: ssl.SSLContext) -> None:
        self._credentials = credentials
        self._libraries = libraries
        self._trust = trust

    def images(self, warehouse: dict[str, Any]) -> list[dict[str, Any]]:
        """Return `status.discoveredArtifacts.images`.

        Raises:
            DiscoveryError: if a registry cannot be read, or a rule cannot.
            NotImitatedError: if a subscription has what the stand-in does not know.
        """
        return [self._image(warehouse["metadata"]["namespace"], sub) for sub in warehouse["spec"]["subscriptions"]]

    def _image(self, namespace: str, subscription: dict[str, Any]) -> dict[str, Any]:
        only(("image",), subscription, "a subscription")
        image = subscription["image"]
        only(_SUBSCRIPTION, image, "an image subscription")
        if image["imageSelectionStrategy"] != "SemVer" or image["strictSemvers"]:
            raise NotImitatedError("another strategy than SemVer with strictSemvers off")
        name = image["repoURL"]
        login = self._credentials.find(namespace, "image", name)
        repository = Repository(name, login, False if image.get("insecureSkipTLSVerify") else self._trust)
        try:
            tags = self._libraries.newest_first(
                repository.tags(), image.get("allowTagsRegexes") or [], image.get("constraint", "")
            )
            newest = tags[: image["discoveryLimit"]]
            references = [{"tag": tag, "digest": repository.digest(tag)} for tag in newest]
        except (RegistryError, ValueError) as error:
            step = f'error discovering newest applicable images "{name}": error listing tags'
            raise DiscoveryError(f"error discovering artifacts: {step}: {error}") from None
        return {"repoURL": name, "references": references}
