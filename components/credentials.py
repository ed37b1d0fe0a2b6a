"""The login that Kargo uses for the image registry and the GitOps repository.

Owns the chain Azure Key Vault secret -> ExternalSecret -> labelled Secret. The password itself never passes through
Kubernetes manifests of this program: External Secrets reads it from the vault.
"""

from dataclasses import dataclass
from typing import ClassVar

import pulumi

from components.dynamic.sync_proof import SyncProof, SyncProofArgs
from components.key_vault import KeyVaultSecret
from components.kubernetes import KubernetesObject
from kargo.credentials import Credential, credentials, external_secret_spec, secret_name
from kargo.names import EXTERNAL_SECRETS_API
from model.cluster import Cluster
from model.git_ops import GitOps
from model.registry import Registry


@dataclass(frozen=True)
class CredentialsArgs:
    """What the login is for.

    Args:
        cluster: where External Secrets is asked whether it has made the Secrets.
        namespace: the Kargo project's namespace.
        registry: where images live, and the login.
        git_ops: the GitOps repository.
        password: what to write to the vault where the stack owns its secret.
    """

    cluster: Cluster
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
            inside = pulumi.ResourceOptions(parent=self)
            version = KeyVaultSecret(f"{name}-key-vault", source.vault, source.key, args.password, inside).address
        secrets = {
            credential.cred_type: self._external_secret(f"{name}-{credential.cred_type}", credential, args, version)
            for credential in credentials(args.registry, args.git_ops)
        }
        proof = SyncProof(
            f"{name}-synced",
            SyncProofArgs(
                args.cluster.context,
                args.namespace,
                {f"{name}-{cred_type}": secret for cred_type, secret in secrets.items()},
                args.cluster.kubeconfig,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.secret_names = proof.id.apply(lambda _: pulumi.Output.all(**secrets))
        self.register_outputs({"secretNames": self.secret_names})

    def _external_secret(
        self, name: str, credential: Credential, args: CredentialsArgs, version: pulumi.Output[str] | None
    ) -> pulumi.Output[str]:
        """Register an ExternalSecret; return the name of the Secret that it will make, known when it exists."""
        spec = external_secret_spec(credential, args.registry.login)
        secret = pulumi.Output.from_input(version).apply(lambda known: secret_name(name, spec, known))
        external = KubernetesObject(
            name,
            EXTERNAL_SECRETS_API,
            "ExternalSecret",
            {"name": name, "namespace": args.namespace},
            {"spec": {**spec, "target": {**spec["target"], "name": secret}}},
            pulumi.ResourceOptions(parent=self),
        )
        return pulumi.Output.all(external.id, secret).apply(lambda known: str(known[1]))


class GiteaCredentials(RegistryCredentials):
    """A Gitea login: a user's password or access token, good for registry and repositories."""

    token = "kargo-backstage:index:GiteaCredentials"  # noqa: S105 - Pulumi's type token


class GhcrCredentials(RegistryCredentials):
    """A GitHub login: a token with `read:packages` and write access to the GitOps repository."""

    token = "kargo-backstage:index:GhcrCredentials"  # noqa: S105 - Pulumi's type token
