"""The login that Kargo uses for the image registry and the GitOps repository.

Owns the chain Azure Key Vault secret -> ExternalSecret -> labelled Secret. The password itself never passes through
Kubernetes manifests of this program: External Secrets reads it from the vault.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components.kubernetes_object import CRED_TYPE_LABEL, EXTERNAL_SECRETS_API, READY_TIMEOUT, wait_for

CredType = Literal["image", "git"]


@dataclass(frozen=True)
class KeyVault:
    """The Key Vault secret that this stack owns.

    Args:
        resource_group: the vault's resource group.
        vault_name: the vault.
        value: the password or token to write (secret).
    """

    resource_group: str
    vault_name: str
    value: pulumi.Input[str]


@dataclass(frozen=True)
class RegistryCredentialsArgs:
    """What the login is for and where its password lies.

    Args:
        namespace: the Kargo project's namespace.
        image_repository: repository of the images, as the Warehouse names it.
        git_repository: URL of the GitOps repository, as the Stages name it.
        username: user of the password or token.
        secret_store: ClusterSecretStore that reads the vault.
        remote_key: name of the vault's secret.
        refresh_interval: how often External Secrets reads it again, as a canonical Go duration.
        key_vault: the vault's secret, where this stack owns it.
    """

    namespace: pulumi.Input[str]
    image_repository: str
    git_repository: str
    username: str
    secret_store: str
    remote_key: str
    refresh_interval: str
    key_vault: KeyVault | None = None


class RegistryCredentials(pulumi.ComponentResource):
    """Two Secrets that Kargo finds by label and repository: one for images, one for Git.

    Args:
        name: Pulumi name.
        args: what the login is for.
        opts: Pulumi options; must carry the Kubernetes provider.

    Attributes:
        secret_names: Kargo credential type to name of its Secret.
    """

    token: ClassVar[str]
    secret_names: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, args: RegistryCredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.token, name, {}, opts)
        version = self._key_vault_secret(name, args.key_vault, args.remote_key) if args.key_vault else None
        repositories: dict[CredType, str] = {"image": args.image_repository, "git": args.git_repository}
        external_secrets = [
            CustomResource(
                f"{name}-{cred_type}",
                api_version=EXTERNAL_SECRETS_API,
                kind="ExternalSecret",
                metadata={
                    "name": f"{name}-{cred_type}",
                    "namespace": args.namespace,
                    "annotations": {
                        **wait_for("condition=Ready"),
                        # A new version in the vault is read at once instead of at the next interval.
                        **({"force-sync": version} if version else {}),
                    },
                },
                spec=external_secret_spec(f"{name}-{cred_type}", cred_type, repository, args),
                opts=pulumi.ResourceOptions(
                    parent=self,
                    custom_timeouts=pulumi.CustomTimeouts(create=READY_TIMEOUT, update=READY_TIMEOUT),
                ),
            )
            for cred_type, repository in repositories.items()
        ]
        names: dict[str, str] = {cred_type: f"{name}-{cred_type}" for cred_type in repositories}
        self.secret_names = pulumi.Output.all(*[es.id for es in external_secrets]).apply(lambda _: names)
        self.register_outputs({"secretNames": self.secret_names})

    def _key_vault_secret(self, name: str, vault: KeyVault, secret_name: str) -> pulumi.Output[str]:
        """Write the vault's secret; return the address of its version, which is not secret."""
        # Importing the Azure SDK costs every preview; only a stack that owns the secret pays.
        from pulumi_azure_native import keyvault  # noqa: PLC0415

        secret = keyvault.Secret(
            f"{name}-key-vault",
            resource_group_name=vault.resource_group,
            vault_name=vault.vault_name,
            secret_name=secret_name,
            properties={"value": pulumi.Output.secret(vault.value)},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return pulumi.Output.unsecret(secret.properties.apply(lambda p: p.secret_uri_with_version))


class GiteaCredentials(RegistryCredentials):
    """A Gitea login: a user's password or access token, good for registry and repositories."""

    token = "kargo-backstage:index:GiteaCredentials"  # noqa: S105 - Pulumi's type token


class GhcrCredentials(RegistryCredentials):
    """A GitHub login: a token with `read:packages` and write access to the GitOps repository."""

    token = "kargo-backstage:index:GhcrCredentials"  # noqa: S105 - Pulumi's type token


def external_secret_spec(
    secret_name: str, cred_type: CredType, repository: str, args: RegistryCredentialsArgs
) -> dict[str, Any]:
    """Return the spec of an ExternalSecret whose Secret Kargo accepts as a credential.

    The label must stand in the target's template and only the keys that Kargo reads in its data; `repoURL` is exact,
    since a host alone or a glob never matches (Kargo 1.11, External Secrets 2.9).
    """
    return {
        "refreshInterval": args.refresh_interval,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": args.secret_store},
        "target": {
            "name": secret_name,
            "creationPolicy": "Owner",
            "deletionPolicy": "Retain",
            "template": {
                "engineVersion": "v2",
                "metadata": {"labels": {CRED_TYPE_LABEL: cred_type}},
                "data": {"repoURL": repository, "username": args.username, "password": "{{ .password }}"},
            },
        },
        "data": [{"secretKey": "password", "remoteRef": {"key": args.remote_key}}],
    }
