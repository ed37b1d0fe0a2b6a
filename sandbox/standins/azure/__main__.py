"""`python -m sandbox.standins.azure`: serve Entra and Key Vault until the process is stopped."""

from sandbox.layout import Layout
from sandbox.standins.azure import front
from sandbox.standins.azure.directory import Directory
from sandbox.standins.azure.entra import Entra
from sandbox.standins.azure.issuers import Issuers
from sandbox.standins.azure.key_vault import KeyVault
from sandbox.standins.azure.signing import SigningKey


def main() -> None:
    """Serve."""
    layout = Layout.from_environment()
    folder = layout.folder("azure")
    directory, key = Directory(folder), SigningKey.kept_in(folder / "entra.key")
    entra = Entra(directory, key, Issuers(layout.ca).published_keys)
    print("stand-in for Azure: Entra and Key Vault", flush=True)
    front.create(layout.ports["azure"], folder, entra, KeyVault(directory, key)).serve_forever()


if __name__ == "__main__":
    main()
