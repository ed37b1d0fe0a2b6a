"""A client of a container registry. It pushes tiny OCI images without a build, and reads tags and digests."""

import hashlib
import json
import os
import ssl
import time
from typing import Any
from urllib.parse import urlencode

import httpx

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_ARCHITECTURES = ("amd64", "arm64", "s390x")


class Registry:
    """A container registry, and a user of it.

    Args:
        host: host and port.
        username: user.
        password: password or token.
        ca: CA to trust; None for the system's CAs.
    """

    def __init__(self, host: str, username: str, password: str, ca: str | None = None) -> None:
        self._client = httpx.Client(
            base_url=f"https://{host}",
            auth=(username, password),
            verify=ssl.create_default_context(cafile=ca),
            timeout=30,
        )

    def push(self, repository: str, tag: str, platforms: int = 1) -> str:
        """Push a new image with one random layer for each platform, and return its digest.

        With more than one platform the digest is the index's.
        """
        manifests = [self._image(repository, architecture) for architecture in _ARCHITECTURES[:platforms]]
        if platforms == 1:
            return self._put_manifest(repository, tag, manifests[0])
        entries = []
        for architecture, manifest in zip(_ARCHITECTURES, manifests, strict=False):
            content = _encode(manifest)
            self._put_manifest(repository, _digest(content), manifest)
            platform = {"os": "linux", "architecture": architecture}
            entries.append({**_descriptor(_MANIFEST, content), "platform": platform})
        index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": entries}
        return self._put_manifest(repository, tag, index)

    def tags(self, repository: str) -> list[str]:
        """Return every tag of an image.

        Raises:
            httpx.HTTPError: if the registry refuses.
        """
        tags: list[str] = []
        page = f"/v2/{repository}/tags/list"
        while page:
            response = self._client.get(page).raise_for_status()
            found = response.json().get("tags") or []
            tags += found
            # Gitea 1.26 links to a next page even on the last one.
            page = response.links.get("next", {}).get("url", "") if found else ""
        return tags

    def digest(self, repository: str, tag: str) -> str:
        """Return the digest of a tag, which may be an image or an index.

        Raises:
            httpx.HTTPError: if the registry refuses.
        """
        headers = {"Accept": f"{_INDEX}, {_MANIFEST}"}
        response = self._client.head(f"/v2/{repository}/manifests/{tag}", headers=headers)
        return str(response.raise_for_status().headers["Docker-Content-Digest"])

    def delete(self, repository: str, tag: str) -> None:
        """Delete a tag."""
        self._client.delete(f"/v2/{repository}/manifests/{tag}").raise_for_status()

    def _image(self, repository: str, architecture: str) -> dict[str, Any]:
        layer = os.urandom(32)
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        rootfs = {"type": "layers", "diff_ids": [_digest(layer)]}
        config = _encode(
            {"architecture": architecture, "os": "linux", "created": created, "config": {}, "rootfs": rootfs}
        )
        for blob in (layer, config):
            self._put_blob(repository, blob)
        return {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _descriptor(_CONFIG, config),
            "layers": [_descriptor(_LAYER, layer)],
        }

    def _put_blob(self, repository: str, content: bytes) -> None:
        upload = self._client.post(f"/v2/{repository}/blobs/uploads/").raise_for_status().headers["Location"]
        address = f"{upload}{'&' if '?' in upload else '?'}{urlencode({'digest': _digest(content)})}"
        headers = {"Content-Type": "application/octet-stream"}
        self._client.put(address, content=content, headers=headers).raise_for_status()

    def _put_manifest(self, repository: str, reference: str, manifest: dict[str, Any]) -> str:
        content, headers = _encode(manifest), {"Content-Type": manifest["mediaType"]}
        address = f"/v2/{repository}/manifests/{reference}"
        self._client.put(address, content=content, headers=headers).raise_for_status()
        return _digest(content)


def _encode(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}
