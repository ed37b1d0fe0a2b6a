"""The keys that an OpenID Connect issuer publishes, such as a cluster's API server."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx


class Issuers:
    """Issuers with certificates of one CA.

    Args:
        ca: the CA.
    """

    def __init__(self, ca: Path) -> None:
        # Only an issuer on loopback is reached, never through a proxy of the user.
        self._client = httpx.Client(verify=ssl.create_default_context(cafile=str(ca)), timeout=5, trust_env=False)

    def published_keys(self, issuer: str) -> Mapping[str, Any]:
        """Return the JSON Web Key Set of an issuer, by its discovery document.

        Raises:
            OSError: if the issuer does not answer, or publishes other documents.
        """
        try:
            configuration = self._document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if configuration.get("issuer") != issuer:
                raise OSError("the discovery document names another issuer")
            return self._document(str(configuration.get("jwks_uri")))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise OSError(f"no keys of the issuer: {type(error).__name__}") from None

    def _document(self, url: str) -> dict[str, Any]:
        document: dict[str, Any] = self._client.get(url).raise_for_status().json()
        return document
