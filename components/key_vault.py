"""A secret in Azure Key Vault, registered by its type token.

Importing `pulumi_azure_native.keyvault` would cost every preview of such a stack 0.3 s, for one class. The package's
version says which plugin the engine loads.
"""

from importlib.metadata import version
from typing import Any

import pulumi

from model.source import KeyVault


class KeyVaultSecret(pulumi.CustomResource):
    """A vault's secret and its current value (azure-native `keyvault.Secret`).

    Args:
        name: Pulumi name.
        vault: the vault.
        secret_name: the secret's name in the vault.
        value: what is written to it (secret).
        opts: Pulumi options.

    Attributes:
        properties: what Azure says of it.
    """

    properties: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        vault: KeyVault,
        secret_name: str,
        value: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "resourceGroupName": vault.resource_group,
            "vaultName": vault.name,
            "secretName": secret_name,
            "properties": {"value": pulumi.Output.secret(value)},
        }
        plugin = pulumi.ResourceOptions(version=version("pulumi-azure-native"))
        super().__init__("azure-native:keyvault:Secret", name, inputs, pulumi.ResourceOptions.merge(opts, plugin))

    @property
    def address(self) -> pulumi.Output[str | None]:
        """Address of the value's version, which is not secret.

        None while there is none: in `destroy --run-program` the engine makes nothing and gives the inputs back (3.259).
        """
        return pulumi.Output.unsecret(self.properties.apply(lambda known: known.get("secretUriWithVersion")))
