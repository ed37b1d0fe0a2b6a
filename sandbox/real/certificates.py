"""The sandbox's certificate authority, for the API server and Gitea, and the key that signs ServiceAccount tokens."""

from pathlib import Path

import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.layout import Layout, write_private


def provide(layout: Layout) -> Path:
    """Return the folder with ca.crt, server.crt, server.key and sa.key, which are generated at the first use."""
    folder = layout.folder("tls")
    if (folder / "server.crt").exists():
        return folder
    authority = trustme.CA(organization_name="kargo-backstage sandbox")
    server = authority.issue_cert("127.0.0.1", "127.0.0.2", "localhost")
    # Tokens of ServiceAccounts are signed with RS256. trustme generates certificates only.
    accounts = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = accounts.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    write_private(folder / "sa.key", key.decode())
    write_private(folder / "ca.crt", authority.cert_pem.bytes().decode())
    write_private(folder / "server.key", server.private_key_pem.bytes().decode())
    write_private(folder / "server.crt", "".join(pem.bytes().decode() for pem in server.cert_chain_pems))
    return folder
