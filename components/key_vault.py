"""An Azure Key Vault and its secret. Only a stack that owns a vault imports this module."""

import pulumi
from pulumi_azure_native import keyvault

from model.source import KeyVault, NewVault


def new_key_vault(name: str, vault: KeyVault, settings: NewVault, opts: pulumi.ResourceOptions) -> keyvault.Vault:
    """Register a vault with role-based access, purge protection, and no public network by default.

    The vault stays when the stack is destroyed: with purge protection its name would be blocked for 90 days, and it may
    contain other secrets.
    """
    properties = keyvault.VaultPropertiesArgs(
        tenant_id=settings.tenant_id,
        sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName.STANDARD),
        # Azure's API defaults to neither.
        enable_rbac_authorization=True,
        enable_purge_protection=True,
        public_network_access="Enabled" if settings.public_access else "Disabled",
        # Azure's resource manager, which writes the secret, is such a service.
        network_acls=keyvault.NetworkRuleSetArgs(
            bypass="AzureServices", default_action="Allow" if settings.public_access else "Deny"
        ),
    )
    return keyvault.Vault(
        name,
        resource_group_name=vault.resource_group,
        vault_name=vault.name,
        location=settings.location,
        properties=properties,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=True)),
    )


def key_vault_secret(
    name: str, vault: KeyVault, secret_name: str, value: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> keyvault.Secret:
    """Register a secret of a vault with its current value.

    Azure keeps a deleted secret and refuses to create another one of its name. The provider recovers it and writes it
    (pulumi-azure-native since July 2026).
    """
    return keyvault.Secret(
        name,
        resource_group_name=vault.resource_group,
        vault_name=vault.name,
        secret_name=secret_name,
        properties=keyvault.SecretPropertiesArgs(value=pulumi.Output.secret(value)),
        opts=opts,
    )


def secret_version(secret: keyvault.Secret) -> pulumi.Output[str | None]:
    """Return the URI of the current version, which is not secret.

    None in `destroy --run-program`, in which the engine returns the inputs (3.259).
    """
    return pulumi.Output.unsecret(secret.properties.apply(lambda known: known.secret_uri_with_version))
