"""The source of a login's password, or of a GitHub App's private key."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from model.problem import Problem
from model.types.azure import (
    AzureId,
    JsonProperty,
    Region,
    ResourceGroup,
    VaultName,
    VaultSecretName,
    VaultUrl,
    vault_of,
)
from model.types.durations import Duration
from model.types.names import DnsSubdomain
from model.types.plain import TextOrNumber
from model.value import CheckedValue, Value


class NewVault(Value):
    """A vault that this stack creates, with role-based access and purge protection."""

    tenant_id: AzureId
    """ID of the Entra tenant whose identities may have roles in the vault.

    Example: `00000000-0000-0000-0000-000000000000`"""

    location: Region
    """Azure region of the vault.

    Example: `westeurope`"""

    public_access: bool = False
    """Whether the vault accepts requests from public networks. By default only private endpoints and Azure's trusted
    services reach it."""


class KeyVault(Value):
    """The Azure Key Vault in which this stack owns and writes the secret."""

    resource_group: ResourceGroup
    """Resource group of the vault.

    Example: `backstage-dev`"""

    name: VaultName
    """Name of the vault.

    Example: `backstage-dev`"""

    create: NewVault | None = None
    """Settings of a vault that the stack creates. The vault stays when the stack is destroyed. By default the vault
    must exist."""


class WorkloadIdentity(Value):
    """The identity with which External Secrets reads the vault for this project."""

    tenant_id: AzureId
    """ID of the identity's Entra tenant.

    Example: `00000000-0000-0000-0000-000000000000`"""

    client_id: AzureId
    """Client ID of the identity. It needs the role Key Vault Secrets User and a federated credential for the
    ServiceAccount `azurekv`.

    Example: `00000000-0000-0000-0000-000000000000`"""

    vault_url: VaultUrl
    """URL of the vault, in Azure's public cloud, Azure Government or Azure China.

    Example: `https://backstage-dev.vault.azure.net`"""


class _ReadSource(Value):
    """The settings of a source that External Secrets reads."""

    refresh_interval: Duration = "1h0m0s"
    """Time after which External Secrets reads the source again. With `0s` it reads only after a change of the stack."""

    rotation: TextOrNumber = "1"
    """Any text. Change it to make `up` read the source again and wait for the result."""


class AzureKeyVaultSource(_ReadSource, CheckedValue):
    """A secret in Azure Key Vault."""

    source: Literal["azureKeyVault"] = Field(alias="from")
    """Kind of the source."""

    key: VaultSecretName
    """Name of the secret in the vault.

    Example: `gitea-admin-password`"""

    value_property: JsonProperty | None = Field(None, alias="property")
    """Property of the secret's value, if the value is a JSON object. A path has dots. By default the whole value is the
    password or private key.

    Example: `password`"""

    username_property: JsonProperty | None = None
    """Property of the same JSON object with the username for Kargo. By default Kargo signs in with the login's
    `username`.

    Example: `username`"""

    secret_store: DnsSubdomain | None = None
    """Existing ClusterSecretStore that reads the vault. Set either this or `workloadIdentity`.

    Example: `azure-keyvault-store`"""

    workload_identity: WorkloadIdentity | None = None
    """Identity of a SecretStore and its ServiceAccount, both called `azurekv`, that the stack creates."""

    vault: KeyVault | None = None
    """Vault in which the stack owns the secret and writes its value. By default the secret must exist."""

    @property
    def is_written(self) -> bool:
        """Whether this stack writes the value."""
        return self.vault is not None

    def problems(self) -> Iterator[Problem]:
        """Yield the settings that contradict each other."""
        identity = self.workload_identity
        if self.secret_store is None and identity is None:
            yield Problem("secretStore", "missing; add it, or add workloadIdentity")
        if self.secret_store is not None and identity is not None:
            yield Problem("workloadIdentity", "excludes secretStore; remove one of them")
        if self.username_property and not self.value_property:
            yield Problem("usernameProperty", "requires property; add it")
        if self.vault and self.value_property:
            yield Problem("property", "excludes vault, in which the stack writes the value itself; remove one of them")
        if identity and self.vault and vault_of(identity.vault_url)[0] != self.vault.name.lower():
            yield Problem("workloadIdentity.vaultUrl", "differs from vault.name; write the URL of that vault")


class IdpBuilderSource(_ReadSource):
    """The login that IDPBuilder generates for its Gitea."""

    is_written: ClassVar[Literal[False]] = False

    source: Literal["idpbuilder"] = Field(alias="from")
    """Kind of the source."""

    secret_store: DnsSubdomain = "gitea"  # noqa: S105 - a store's name
    """ClusterSecretStore that reads IDPBuilder's Secret `gitea-credential`."""

    credential_property: Literal["password", "token"] = Field("password", alias="property")
    """Property of the Secret. A Stage with `promoteBy: pullRequest` needs `token`."""


class StackSource(Value):
    """An encrypted value in the stack's file, for a cluster without External Secrets."""

    is_written: ClassVar[Literal[True]] = True

    source: Literal["stack"] = Field(alias="from")
    """Kind of the source."""


ReadSource = AzureKeyVaultSource | IdpBuilderSource
Source = ReadSource | StackSource


def identity_of(source: Source) -> WorkloadIdentity | None:
    """Return the identity of the SecretStore that the stack creates for a source; None if it creates none."""
    return source.workload_identity if isinstance(source, AzureKeyVaultSource) else None
