"""The SecretStore through which External Secrets reads a vault with a project's own identity."""

from collections.abc import Sequence
from typing import Any

from kargo.credentials import Credential
from kargo.manifest import Manifest, manifest
from kargo.names import EXTERNAL_SECRETS_API
from model.source import AzureKeyVaultSource, WorkloadIdentity

# The ServiceAccount's name is part of the subject that is federated with the identity.
_NAMES = ("azurekv", "azurekv-git", "azurekv-publish")


def secret_stores(credentials: Sequence[Credential]) -> dict[WorkloadIdentity, str]:
    """Return the names of the SecretStores that credentials need, each that of its ServiceAccount too.

    There is one for all, `azurekv`, unless another login has an identity or vault of its own.

    Args:
        credentials: the credentials.
    """
    sources = [credential.source for credential in credentials]
    identities = [s.workload_identity for s in sources if isinstance(s, AzureKeyVaultSource) and s.workload_identity]
    return dict(zip(dict.fromkeys(identities), _NAMES, strict=False))


def secret_store_manifest(identity: WorkloadIdentity, name: str, project: str) -> Manifest:
    """Return the SecretStore, whose ServiceAccount has the same name."""
    return manifest(EXTERNAL_SECRETS_API, "SecretStore", name, project, spec=secret_store_spec(identity, name))


def service_account_manifest(identity: WorkloadIdentity, name: str, project: str) -> Manifest:
    """Return the ServiceAccount that External Secrets presents to the vault."""
    return manifest("v1", "ServiceAccount", name, project, annotations=service_account_annotations(identity))


def secret_store_spec(identity: WorkloadIdentity, service_account: str) -> dict[str, Any]:
    """Return the spec of the SecretStore.

    Args:
        identity: which vault, read as whom.
        service_account: name of the ServiceAccount.
    """
    return {
        "provider": {
            "azurekv": {
                "authType": "WorkloadIdentity",
                "vaultUrl": identity.vault_url,
                "serviceAccountRef": {"name": service_account},
            }
        }
    }


def service_account_annotations(identity: WorkloadIdentity) -> dict[str, str]:
    """Return the annotations by which External Secrets 2.9 knows which identity a ServiceAccount is."""
    return {
        "azure.workload.identity/client-id": identity.client_id,
        "azure.workload.identity/tenant-id": identity.tenant_id,
    }
