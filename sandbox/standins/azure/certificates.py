"""The certificate for every host of Entra and Key Vault."""

from pathlib import Path

import trustme

from sandbox.layout import write_private
from sandbox.standins.azure.clouds import CLOUDS


def provide(folder: Path) -> Path:
    """Return the folder with ca.crt, server.crt and server.key, which are generated at the first use.

    The CA is not the sandbox's, which a user may trust elsewhere, and its key is not kept.
    """
    if not (folder / "server.crt").exists():
        authority = trustme.CA(organization_name="kargo-backstage sandbox, stand-in for Azure")
        names = [name for cloud in CLOUDS.values() for name in (cloud.login, cloud.also, f"*.{cloud.vaults}")]
        server = authority.issue_cert(*filter(None, names))
        write_private(folder / "ca.crt", authority.cert_pem.bytes().decode())
        write_private(folder / "server.key", server.private_key_pem.bytes().decode())
        write_private(folder / "server.crt", "".join(pem.bytes().decode() for pem in server.cert_chain_pems))
    return folder
