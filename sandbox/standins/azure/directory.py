"""Everything that the stand-in for Azure knows, in one private file: Entra's tenants and Key Vault's vaults.

    tenants:
      TENANT ID:
        cloud: PublicCloud
        applications:
          CLIENT ID:
            enabled: true
            federatedCredentials: [{issuer, subject, audiences}]
            secrets: [{value, expires}]          # seconds since 1970
    vaults:
      HOST:
        tenant: TENANT ID
        roles: {CLIENT ID: [Key Vault Secrets User]}
        secrets:
          NAME: {deleted: false, versions: [{id, value, enabled, created}]}

A tenant, an application and a vault may have `refuses: CODE`, a code of `errors`, with which each request fails.
Commands and tests change the file. The server reads it for each request.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.layout import write_private


class Directory:
    """The file.

    Args:
        folder: the folder of the file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "directory.json"

    def read(self) -> dict[str, Any]:
        """Return the content; without the file, empty tenants and vaults."""
        try:
            content: dict[str, Any] = json.loads(self._file.read_text())
        except FileNotFoundError:
            content = {"tenants": {}, "vaults": {}}
        return content

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """Yield the content, and write it after the block. Other processes that change it wait."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            content = self.read()
            yield content
            write_private(self._file, json.dumps(content))
