"""A secret in Azure Key Vault, and the vault, registered by their type tokens.

Importing `pulumi_azure_native.keyvault` would cost every preview of such a stack 0.3 s, for two classes. The package's
version says which plugin the engine loads.
"""

from importlib.metadata import version
from typing import Any

import pulumi

from model.source import KeyVault, NewVault


class NewKeyVault(pulumi.CustomResource):
    """A vault (azure-native `keyvault.Vault`): access by roles, no purge, and no public network unless asked for.

    It stays when the stack goes: with purge protection its name is taken for 90 days anyway, and others may have put
    secrets there.

    Args:
        name: Pulumi name.
        vault: where it is and what it is called.
        settings: how it is made.
        opts: Pulumi options.
    """

    def __init__(
        self, name: str, vault: KeyVault, settings: NewVault, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        network = "Enabled" if settings.public_access else "Disabled"
        inputs = {
            "resourceGroupName": vault.resource_group,
            "vaultName": vault.name,
            "location": settings.location,
            "properties": {
                "tenantId": settings.tenant_id,
                "sku": {"family": "A", "name": "standard"},
                # Azure's API leaves both off unless it is told.
                "enableRbacAuthorization": True,
                "enablePurgeProtection": True,
                "publicNetworkAccess": network,
                # Azure's resource manager, through which the secret is written, is such a service.
                "networkAcls": {
                    "bypass": "AzureServices",
                    "defaultAction": "Allow" if settings.public_access else "Deny",
                },
            },
        }
        kept = pulumi.ResourceOptions(retain_on_delete=True)
        super().__init__(
            "azure-native:keyvault:Vault", name, inputs, pulumi.ResourceOptions.merge(_options(opts), kept)
        )


class KeyVaultSecret(pulumi.CustomResource):
    """A vault's secret and its current value (azure-native `keyvault.Secret`).

    One of that name that was deleted, by this stack or by hand, is recovered and then written: Azure would refuse
    another while it keeps the old one (pulumi-azure-native since July 2026).

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
        super().__init__("azure-native:keyvault:Secret", name, inputs, _options(opts))

    @property
    def address(self) -> pulumi.Output[str | None]:
        """Address of the value's version, which is not secret.

        None while there is none: in `destroy --run-program` the engine makes nothing and gives the inputs back (3.259).
        """
        return pulumi.Output.unsecret(self.properties.apply(lambda known: known.get("secretUriWithVersion")))


def _options(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    plugin = pulumi.ResourceOptions(version=version("pulumi-azure-native"))
    return pulumi.ResourceOptions.merge(opts, plugin)
