"""The login that Kargo uses for the image registry and the GitOps repository.

Owns the chain Azure Key Vault secret -> ExternalSecret -> labelled Secret. The password itself never passes through
Kubernetes manifests of this program: External Secrets reads it from the vault.
"""

from dataclasses import dataclass
from typing import ClassVar

import pulumi

from components.kubernetes import KubernetesObject, ready_timeouts, wait_for
from kargo.credentials import Credential, credentials, external_secret_spec
from kargo.names import EXTERNAL_SECRETS_API, FORCE_SYNC_ANNOTATION
from model.git_ops import GitOps
from model.login import KeyVault
from model.registry import Registry


@dataclass(frozen=True)
class CredentialsArgs:
    """What the login is for.

    Args:
        namespace: the Kargo project's namespace.
        registry: where images live, and the login.
        git_ops: the GitOps repository.
        password: what to write to the vault where the stack owns its secret.
    """

    namespace: pulumi.Input[str]
    registry: Registry
    git_ops: GitOps
    password: pulumi.Input[str] | None = None


class RegistryCredentials(pulumi.ComponentResource):
    """Secrets that Kargo finds by label and repository: one for the owner's images, one for the GitOps repository.

    Args:
        name: Pulumi name, and the beginning of the Secrets' names.
        args: what the login is for.
        opts: Pulumi options; must carry the Kubernetes provider.

    Attributes:
        secret_names: Kargo credential type to name of its Secret.
    """

    token: ClassVar[str]
    secret_names: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.token, name, {}, opts)
        source = args.registry.login.password
        version = None
        if source.vault and args.password is not None:
            version = self._key_vault_secret(name, source.vault, source.key, args.password)
        covering = {f"{name}-{c.cred_type}": c for c in credentials(args.registry, args.git_ops)}
        external = [self._external_secret(secret, c, args, version) for secret, c in covering.items()]
        self.secret_names = pulumi.Output.all(*[secret.id for secret in external]).apply(
            lambda _: {c.cred_type: secret for secret, c in covering.items()}
        )
        self.register_outputs({"secretNames": self.secret_names})

    def _external_secret(
        self, name: str, credential: Credential, args: CredentialsArgs, version: pulumi.Output[str] | None
    ) -> KubernetesObject:
        # A new version in the vault is read at once instead of at the next interval.
        annotations = {**wait_for("condition=Ready"), **({FORCE_SYNC_ANNOTATION: version} if version else {})}
        return KubernetesObject(
            name,
            EXTERNAL_SECRETS_API,
            "ExternalSecret",
            {"name": name, "namespace": args.namespace, "annotations": annotations},
            {"spec": external_secret_spec(name, credential, args.registry.login)},
            pulumi.ResourceOptions(parent=self, custom_timeouts=ready_timeouts()),
        )

    def _key_vault_secret(
        self, name: str, vault: KeyVault, secret_name: str, value: pulumi.Input[str]
    ) -> pulumi.Output[str]:
        """Write the vault's secret; return the address of its version, which is not secret."""
        # Importing the Azure SDK costs every preview; only a stack that owns the secret pays.
        from pulumi_azure_native import keyvault  # noqa: PLC0415

        secret = keyvault.Secret(
            f"{name}-key-vault",
            resource_group_name=vault.resource_group,
            vault_name=vault.name,
            secret_name=secret_name,
            properties={"value": pulumi.Output.secret(value)},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return pulumi.Output.unsecret(secret.properties.apply(lambda p: p.secret_uri_with_version))


class GiteaCredentials(RegistryCredentials):
    """A Gitea login: a user's password or access token, good for registry and repositories."""

    token = "kargo-backstage:index:GiteaCredentials"  # noqa: S105 - Pulumi's type token


class GhcrCredentials(RegistryCredentials):
    """A GitHub login: a token with `read:packages` and write access to the GitOps repository."""

    token = "kargo-backstage:index:GhcrCredentials"  # noqa: S105 - Pulumi's type token
