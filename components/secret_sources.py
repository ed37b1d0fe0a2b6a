"""The sources of a stack's credentials: SecretStores, Key Vaults, and the values that the stack writes itself.

Registers each store and vault once, whichever credentials read it. Creates no identity and assigns no role.
"""

from collections.abc import Mapping

import pulumi

from components.kubernetes import KubernetesObject
from components.owner import Owner
from kargo.project_secret import ProjectSecret
from kargo.project_secrets import project_secrets
from kargo.secret_store import secret_store_manifest, secret_stores, service_account_manifest
from model.secrets import first_given
from model.source import AzureKeyVaultSource, KeyVault, ReadSource, WorkloadIdentity, identity_of
from model.stack import Stack


class SecretSources:
    """The sources of a stack's credentials, registered below the component `parent`.

    Attributes:
        store_names: names of the SecretStores that the stack creates.
    """

    store_names: Mapping[WorkloadIdentity, str]

    def __init__(
        self,
        name: str,
        stack: Stack,
        owner: Owner,
        secrets: Mapping[str, pulumi.Output[str]],
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._project, self._owner, self._secrets = name, stack.kargo.project, owner, secrets
        self._inside = pulumi.ResourceOptions(parent=parent)
        self._vaults: dict[KeyVault, pulumi.Resource] = {}
        self._versions: dict[AzureKeyVaultSource, pulumi.Output[str | None]] = {}
        self.store_names = secret_stores(project_secrets(stack))
        self._stores = {identity: self._store(identity, store) for identity, store in self.store_names.items()}

    def value(self, credential: ProjectSecret) -> pulumi.Output[str]:
        """Return the value that the stack's file contains for a credential (secret).

        Raises:
            ValueError: if the file contains none, which `config.load` refuses.
        """
        key = first_given(credential.config_keys, self._secrets)
        if key is None:
            raise ValueError(f"no value for {credential.path}")
        return pulumi.Output.secret(self._secrets[key])

    def store(self, source: ReadSource) -> list[pulumi.Resource]:
        """Return the SecretStore that the stack creates for a source; none if it reads an existing one."""
        identity = identity_of(source)
        return [self._stores[identity]] if identity else []

    def version(self, credential: ProjectSecret, source: ReadSource) -> pulumi.Output[str | None] | None:
        """Write the secret of a vault that the stack owns; return the version of its value."""
        if not isinstance(source, AzureKeyVaultSource) or source.vault is None:
            return None
        if source not in self._versions:
            # 0.1 s that only a stack with a vault pays.
            from components.key_vault import key_vault_secret, secret_version  # noqa: PLC0415

            name = f"{self._name}{'' if credential.name == 'image' else f'-{credential.name}'}-key-vault"
            opts = pulumi.ResourceOptions.merge(
                self._inside, pulumi.ResourceOptions(depends_on=self._vault(source.vault))
            )
            written = key_vault_secret(name, source.vault, source.key, self.value(credential), opts)
            self._versions[source] = secret_version(written)
        return self._versions[source]

    def _vault(self, vault: KeyVault) -> list[pulumi.Resource]:
        if vault.create is None:
            return []
        if vault not in self._vaults:
            from components.key_vault import new_key_vault  # noqa: PLC0415

            name = f"{self._name}-vault-{vault.name}"
            self._vaults[vault] = new_key_vault(name, vault, vault.create, self._inside)
        return [self._vaults[vault]]

    def _store(self, identity: WorkloadIdentity, store: str) -> pulumi.Resource:
        name = f"{self._name}-{store}"
        account = service_account_manifest(identity, store, self._project)
        registered = KubernetesObject(f"{name}-account", account, self._owner, self._inside)
        opts = pulumi.ResourceOptions.merge(self._inside, pulumi.ResourceOptions(depends_on=[registered]))
        return KubernetesObject(name, secret_store_manifest(identity, store, self._project), self._owner, opts)
