"""The logins that Kargo uses for the image registry and the GitOps repository.

Owns each labelled Secret and what makes it: an ExternalSecret over a store that is there or that the stack makes, the
vault's secret where the stack owns it, or the Secret itself where the value is the stack's own. Makes no
identity, and gives none a role.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pulumi

from components.dynamic.login_proof import LoginProof, LoginProofArgs
from components.dynamic.sync_proof import SyncProof, SyncProofArgs
from components.key_vault import KeyVaultSecret, NewKeyVault
from components.kubernetes import KubernetesObject, secret
from components.owner import Owner
from kargo.credentials import Credential, credentials
from kargo.external_secret import external_secret_manifest, secret_name
from kargo.secret_store import secret_store_manifest, secret_stores, service_account_manifest
from model.login import Login
from model.registry import GiteaRegistry, Registry
from model.secrets import first_given
from model.source import AzureKeyVaultSource, KeyVault, ReadSource, StackSource, WorkloadIdentity
from model.stack import Stack


@dataclass(frozen=True)
class CredentialsArgs:
    """Whose credentials they are.

    Args:
        stack: the stack; its logins, and where they are tried, come from there.
        owner: the stack, as its objects know it.
        secrets: the stack's encrypted secrets by their keys.
    """

    stack: Stack
    owner: Owner
    secrets: Mapping[str, pulumi.Output[str]]


class RegistryCredentials(pulumi.ComponentResource):
    """Secrets that Kargo finds by label and repository: for images, the GitOps repository, and what is published.

    Args:
        name: Pulumi name.
        args: whose credentials they are.
        opts: Pulumi options; must carry the Kubernetes provider.

    Attributes:
        secret_names: what a credential is for, to the name of its Secret.
        image_secret: name of the Secret for the images; empty where they are public.
    """

    token: ClassVar[str]
    secret_names: pulumi.Output[dict[str, str]]
    image_secret: pulumi.Output[str]

    def __init__(self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.token, name, {}, opts)
        self._args = args
        self._project = args.stack.kargo.project
        self._vaults: dict[KeyVault, pulumi.Resource] = {}
        self._vault_versions: dict[AzureKeyVaultSource, pulumi.Output[str | None]] = {}
        found = credentials(args.stack)
        self._store_names = secret_stores(found)
        self._stores = {identity: self._store(identity) for identity in self._store_names}
        secrets: dict[str, pulumi.Output[str]] = {}
        waited_for: dict[str, pulumi.Output[str]] = {}
        for credential in found:
            child = f"{name}-{credential.name}"
            source = credential.source
            if isinstance(source, StackSource):
                secrets[credential.name] = self._secret(child, credential)
            else:
                made = self._external_secret(child, credential, source)
                secrets[credential.name] = waited_for[credential.object_name] = made
        synced: pulumi.Output[str] | None = None
        if waited_for:
            cluster = args.stack.kubernetes
            synced = SyncProof(
                f"{name}-synced",
                SyncProofArgs(cluster.context, self._project, waited_for, cluster.kubeconfig),
                self._inside(),
            ).id
        self.secret_names = pulumi.Output.from_input(synced).apply(lambda _: pulumi.Output.all(**secrets))
        for credential in found:
            if not isinstance(credential.source, StackSource):
                self._try(credential, self.secret_names[credential.name])
        self.image_secret = self.secret_names.apply(lambda names: names.get("image", ""))
        self.register_outputs({"secretNames": self.secret_names})

    def _external_secret(self, name: str, credential: Credential, source: ReadSource) -> pulumi.Output[str]:
        """Register an ExternalSecret; return the name of the Secret that it will make, known when it exists."""
        manifest = external_secret_manifest(credential, source, self._store_names, self._project)
        spec = manifest["spec"]
        identity = source.workload_identity if isinstance(source, AzureKeyVaultSource) else None
        of_the_store = [identity.tenant_id, identity.client_id, identity.vault_url] if identity else []
        version = self._vault_version(credential, source)
        target = pulumi.Output.from_input(version).apply(
            lambda known: secret_name(credential.object_name, spec, source.rotation, known, *of_the_store)
        )
        external = KubernetesObject(
            name,
            {**manifest, "spec": {**spec, "target": {**spec["target"], "name": target}}},
            self._args.owner,
            self._inside([self._stores[identity]] if identity else []),
        )
        return pulumi.Output.all(external.id, target).apply(lambda known: str(known[1]))

    def _secret(self, name: str, credential: Credential) -> pulumi.Output[str]:
        """Register the Secret itself; return its name, known when it exists.

        A new value is written in place, and Kargo reads it at the next use. So a wrong one must not get there, and is
        tried before.
        """
        manifest, value = credential.secret_manifest(self._project), self._value(credential)
        tried = self._try(credential, value=value)
        data: dict[str, pulumi.Input[str]] = {**credential.data(), credential.secret_key: value}
        made = secret(name, manifest, data, self._args.owner, self._inside(tried))
        return made.id.apply(lambda _: str(manifest["metadata"]["name"]))

    def _try(
        self,
        credential: Credential,
        secret_name: pulumi.Input[str] = "",
        value: pulumi.Input[str] | None = None,
    ) -> list[pulumi.Resource]:
        """Register the proof that the login is taken; a GitHub App's would need a token of its own."""
        login, stack = credential.sign_in.login, self._args.stack
        if not isinstance(login, Login) or not login.proof:
            return []
        proof = LoginProof(
            f"{self.pulumi_resource_name}-{credential.name}-login",
            LoginProofArgs(
                stack.kubernetes.context,
                self._project,
                secret_name,
                credential.cred_type,
                credential.tried_at,
                login.username,
                value,
                stack.kubernetes.kubeconfig,
                stack.ca_bundle,
            ),
            self._inside(),
        )
        return [proof]

    def _vault_version(self, credential: Credential, source: ReadSource) -> pulumi.Output[str | None] | None:
        """Register the vault's secret where the stack owns it; return the version of its value."""
        if not isinstance(source, AzureKeyVaultSource) or source.vault is None:
            return None
        if source not in self._vault_versions:
            name = f"{self.pulumi_resource_name}{'' if credential.name == 'image' else f'-{credential.name}'}-key-vault"
            opts = self._inside(self._vault(source.vault))
            written = KeyVaultSecret(name, source.vault, source.key, self._value(credential), opts)
            self._vault_versions[source] = written.address
        return self._vault_versions[source]

    def _vault(self, vault: KeyVault) -> Sequence[pulumi.Resource]:
        """Register the vault where the stack makes it."""
        if vault.create is None:
            return ()
        if vault not in self._vaults:
            name = f"{self.pulumi_resource_name}-vault-{vault.name}"
            self._vaults[vault] = NewKeyVault(name, vault, vault.create, self._inside())
        return (self._vaults[vault],)

    def _store(self, identity: WorkloadIdentity) -> pulumi.Resource:
        """Register a SecretStore and its ServiceAccount."""
        store, name, owner = self._store_names[identity], self.pulumi_resource_name, self._args.owner
        account = KubernetesObject(
            f"{name}-{store}-account", service_account_manifest(identity, store, self._project), owner, self._inside()
        )
        return KubernetesObject(
            f"{name}-{store}", secret_store_manifest(identity, store, self._project), owner, self._inside([account])
        )

    def _value(self, credential: Credential) -> pulumi.Output[str]:
        """Return the login's secret part, which the stack's file must have."""
        key = first_given(credential.sign_in.secrets, self._args.secrets)
        if key is None:
            raise ValueError(f"no secret for {credential.sign_in.path}")
        return pulumi.Output.secret(self._args.secrets[key])

    def _inside(self, depends_on: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=depends_on)


class GiteaCredentials(RegistryCredentials):
    """The credentials of a stack whose images are in Gitea."""

    token = "kargo-backstage:index:GiteaCredentials"  # noqa: S105 - Pulumi's type token


class GhcrCredentials(RegistryCredentials):
    """The credentials of a stack whose images are in GHCR."""

    token = "kargo-backstage:index:GhcrCredentials"  # noqa: S105 - Pulumi's type token


def credentials_component(registry: Registry) -> tuple[type[RegistryCredentials], list[pulumi.Alias]]:
    """Return the component for a registry, and its name before the images moved from the other one.

    Without the alias each of its objects would be created under another parent, and then deleted under the former.
    """
    classes = (GiteaCredentials, GhcrCredentials)
    one, other = classes if isinstance(registry, GiteaRegistry) else classes[::-1]
    return one, [pulumi.Alias(type_=other.token)]
