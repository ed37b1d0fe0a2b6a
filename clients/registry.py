"""Images in a container registry, read as Kargo reads them, to find a tag that Kargo cannot read.

Kargo reads the manifest of a tag, and each manifest that its image index lists with a platform. One unreadable tag
stops the whole discovery of a Warehouse (Kargo 1.11, `pkg/image`).
"""

import re
from dataclasses import dataclass
from typing import Any, Self

import httpx

from clients.connection import TIMEOUT_SECONDS, ServiceError, json_object, reason, send, ssl_context
from clients.sign_in import UnreachableError, User, scrubber_of, token_for

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_IMAGES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_ACCEPT = {"Accept": ", ".join((*_INDEXES, *_IMAGES))}
# Kargo takes an entry with another platform for something other than an image, such as an attestation (1.11).
_NO_PLATFORM = ("", "unknown")
_DIGEST = re.compile(r"[a-z0-9+._-]{1,40}:[0-9a-f]{32,128}")
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,100}", re.ASCII)
_PLATFORM_PART = re.compile(r"[\w.-]{1,40}", re.ASCII)


@dataclass(frozen=True)
class Image:
    """An image that Kargo can read.

    Args:
        platforms: platforms of the image index, `os/architecture` or `os/architecture/variant`; empty if the image is
            not an index.
    """

    platforms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """An image that Kargo cannot read.

    Args:
        reason: the reason, the end of a sentence about the image.
    """

    reason: str


class ImageRepository:
    """The images of one repository. A context manager that closes its connections, for use by several threads.

    Args:
        repository: repository of the images, `host/owner/image`.
        user: user that signs in; None for a public image.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.

    Raises:
        ServiceError: if the registry cannot be reached or refuses the login, or if `ca_bundle` cannot be read.
    """

    def __init__(self, repository: str, user: User | None, ca_bundle: str | None) -> None:
        host, _, self._path = repository.partition("/")
        self._registry = f"the registry {host}"
        self._scrub = scrubber_of(user)
        self._url = f"https://{host}/v2/{self._path}/manifests"
        self._client = httpx.Client(verify=ssl_context(ca_bundle), timeout=TIMEOUT_SECONDS, headers=_ACCEPT)
        token = token_for(self._client, self._registry, host, self._path, user)
        if token:
            self._client.headers["Authorization"] = f"Bearer {token}"
        elif user:
            self._client.auth = httpx.BasicAuth(user.username, user.password)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def image(self, tag: str) -> Image | Unreadable:
        """Return the image of a tag, or the reason why Kargo cannot read it.

        Raises:
            ServiceError: if the registry cannot be reached, is unavailable, or refuses the login.
        """
        answer = self._manifest("GET", tag)
        if problem := _unreadable(answer):
            return Unreadable(f"its manifest {problem}")
        if _media_type(answer) in _IMAGES:
            return Image()
        listed = json_object(answer).get("manifests")
        entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
        platforms = {name: entry for entry in entries if (name := _platform(entry.get("platform")))}
        if not platforms:
            return Unreadable("its image index lists no image of a platform, as a build cache does")
        for name, entry in platforms.items():
            digest = str(entry.get("digest"))
            if not _DIGEST.fullmatch(digest):
                return Unreadable(f"the digest of {name} in its image index is invalid")
            if problem := _unreadable(self._manifest("HEAD", digest)):
                return Unreadable(f"the manifest of {name} in its image index, {digest}, {problem}")
        return Image(tuple(platforms))

    def _manifest(self, method: str, reference: str) -> httpx.Response:
        answer = send(self._client, self._registry, method, f"{self._url}/{reference}", UnreachableError)
        if answer.is_success or answer.status_code == httpx.codes.NOT_FOUND or answer.is_server_error:
            return answer
        said = reason(answer, self._scrub)
        raise ServiceError(
            f"{self._registry} answered {answer.status_code}{f': {said}' if said else ''} to the request for a "
            f"manifest of {self._path}"
        )


def _unreadable(answer: httpx.Response) -> str | None:
    """Return the reason why Kargo cannot read a manifest, the end of a sentence; None if it can."""
    if answer.status_code == httpx.codes.NOT_FOUND:
        return "is missing in the registry (404)"
    if not answer.is_success:
        return f"cannot be read: the registry answers {answer.status_code}"
    kind = _media_type(answer)
    if kind in (*_INDEXES, *_IMAGES):
        return None
    return f"has the type {kind}, not an image's" if _MEDIA_TYPE.fullmatch(kind) else "has no type of an image"


def _media_type(answer: httpx.Response) -> str:
    return str(answer.headers.get("Content-Type", "")).partition(";")[0].strip()


def _platform(entry: Any) -> str | None:
    """Return the platform of an entry of an image index; None if Kargo does not take the entry for an image."""
    if not isinstance(entry, dict):
        return None
    parts = [str(entry.get(key) or "") for key in ("os", "architecture", "variant")]
    if any(part in _NO_PLATFORM for part in parts[:2]):
        return None
    shown = [part if _PLATFORM_PART.fullmatch(part) else "?" for part in parts if part]
    return "/".join(shown)
