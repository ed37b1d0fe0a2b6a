"""A login: a username, and where its password lies."""

from typing import Literal

from pydantic import Field

from model.texts.azure import ResourceGroup, VaultName, VaultSecretName
from model.texts.durations import Duration
from model.texts.names import DnsSubdomain
from model.texts.owners import Username
from model.value import Value


class KeyVault(Value):
    """The Azure Key Vault whose secret this stack owns and writes."""

    resource_group: ResourceGroup
    """the vault's resource group"""

    name: VaultName
    """the vault's name"""


class AzureKeyVaultPassword(Value):
    """A password or token in Azure Key Vault, as External Secrets reads it."""

    source: Literal["azureKeyVault"] = Field(alias="from")
    """where the password lies"""

    secret_store: DnsSubdomain
    """ClusterSecretStore that reads the vault"""

    key: VaultSecretName
    """name of the vault's secret"""

    refresh_interval: Duration = "1h0m0s"
    """how often External Secrets reads it again; `0s` once"""

    vault: KeyVault | None = None
    """present where this stack owns that secret and writes `giteaPassword` to it"""


class Login(Value):
    """Who Kargo signs in as at a registry and at the GitOps repository."""

    username: Username
    """user of the password or token"""

    password: AzureKeyVaultPassword
    """where the password lies"""
