"""Where the password of a login lies, or the private key of a GitHub App."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from model.problem import Problem
from model.texts.azure import AzureId, Region, ResourceGroup, VaultName, VaultSecretName, VaultUrl, vault_url
from model.texts.durations import Duration
from model.texts.names import DnsSubdomain
from model.texts.plain import TextOrNumber
from model.value import CheckedValue, Value


class NewVault(Value):
    """How this stack makes a vault: access by roles alone, and nothing in it can be purged."""

    tenant_id: AzureId
    """Entra tenant whose identities may have a role there"""

    location: Region
    """Azure region, such as `westeurope`"""

    public_access: bool = False
    """open to public networks; else to private endpoints and Azure's trusted services alone"""


class KeyVault(Value):
    """The Azure Key Vault whose secret this stack owns and writes."""

    resource_group: ResourceGroup
    """the vault's resource group"""

    name: VaultName
    """the vault's name"""

    create: NewVault | None = None
    """present where this stack makes the vault itself, which stays when the stack goes"""


class WorkloadIdentity(Value):
    """The identity as which External Secrets reads the vault for this project alone."""

    tenant_id: AzureId
    """Entra tenant of the identity"""

    client_id: AzureId
    """its client ID; it has the role Key Vault Secrets User, and is federated with the ServiceAccount `azurekv`"""

    vault_url: VaultUrl
    """the vault's address, `https://<name>.vault.azure.net`"""


class _ReadSource(Value):
    """What sources have in common that External Secrets reads."""

    refresh_interval: Duration = "1h0m0s"
    """how often External Secrets reads it again; `0s` only after a change of this stack"""

    rotation: TextOrNumber = "1"
    """any text; another one makes `up` have it read again at once, and wait for that"""


class AzureKeyVaultSource(_ReadSource, CheckedValue):
    """A secret in Azure Key Vault."""

    source: Literal["azureKeyVault"] = Field(alias="from")
    """where it lies"""

    key: VaultSecretName
    """name of the vault's secret"""

    secret_store: DnsSubdomain | None = None
    """ClusterSecretStore that reads the vault; this or `workloadIdentity`"""

    workload_identity: WorkloadIdentity | None = None
    """present where this stack makes the SecretStore and its ServiceAccount, both called `azurekv`"""

    vault: KeyVault | None = None
    """present where this stack owns that secret and writes its value"""

    @property
    def is_written(self) -> bool:
        """Whether this stack writes the value."""
        return self.vault is not None

    def problems(self) -> Iterator[Problem]:
        """Yield what does not agree."""
        identity = self.workload_identity
        if self.secret_store is None and identity is None:
            yield Problem("secretStore", "missing; add it, or workloadIdentity")
        if self.secret_store is not None and identity is not None:
            yield Problem("workloadIdentity", "beside secretStore; leave one of them out")
        if identity and self.vault and identity.vault_url != vault_url(self.vault.name):
            yield Problem("workloadIdentity.vaultUrl", "another vault than vault.name; write that one's address")


class IdpBuilderSource(_ReadSource):
    """IDPBuilder's own login at its Gitea."""

    source: Literal["idpbuilder"] = Field(alias="from")
    """where it lies"""

    secret_store: DnsSubdomain = "gitea"  # noqa: S105 - a store's name
    """ClusterSecretStore of IDPBuilder that has `gitea-credential`"""

    credential_property: Literal["password", "token"] = Field("password", alias="property")
    """`password`, or `token`, which a pull-request Stage needs"""

    @property
    def is_written(self) -> bool:
        """Whether this stack writes the value."""
        return False


class StackSource(Value):
    """An encrypted secret of the stack's file, for a cluster without External Secrets."""

    source: Literal["stack"] = Field(alias="from")
    """where it lies"""

    @property
    def is_written(self) -> bool:
        """Whether this stack writes the value."""
        return True


ReadSource = AzureKeyVaultSource | IdpBuilderSource
Source = ReadSource | StackSource
