"""The SecretStore with which External Secrets reads a vault for a project, with an identity of its own."""

from collections.abc import Iterable, Sequence

from kargo.manifest import Manifest, manifest
from kargo.names import EXTERNAL_SECRETS_API
from kargo.notify import NotifyToken
from kargo.project_secret import ProjectSecret
from model.source import WorkloadIdentity, identity_of
from model.types.azure import vault_of

# External Secrets 2.9 would sign in at login.chinacloudapi.cn. Its documentation requires this address for a workload
# identity of a cluster in Azure China.
_CHINA = {"customCloudConfig": {"activeDirectoryEndpoint": "https://login.partner.microsoftonline.cn/"}}
# The ServiceAccount's name is part of the subject of the federated credential.
_NAMES = ("azurekv", "azurekv-git", "azurekv-publish")


def secret_stores(secrets: Sequence[ProjectSecret]) -> dict[WorkloadIdentity, str]:
    """Return the names of the SecretStores for the Secrets. A store and its ServiceAccount have the same name.

    All credentials share `azurekv`, unless a login has another identity or vault. A token shares the store of a login,
    or has a store whose name does not depend on the logins.
    """
    tokens = [secret for secret in secrets if isinstance(secret, NotifyToken)]
    stores = dict(zip(_identities(secret for secret in secrets if secret not in tokens), _NAMES, strict=False))
    others = [identity for identity in _identities(tokens) if identity not in stores]
    return stores | {identity: f"azurekv-notify{f'-{i}' if i else ''}" for i, identity in enumerate(others)}


def _identities(secrets: Iterable[ProjectSecret]) -> dict[WorkloadIdentity, None]:
    return dict.fromkeys(found for secret in secrets if (found := identity_of(secret.source)))


def secret_store_manifest(identity: WorkloadIdentity, name: str, project: str) -> Manifest:
    """Return the SecretStore, whose ServiceAccount has the same name.

    It uses the newer of External Secrets' two SDKs for Azure. The older one repeats a request without an answer for
    minutes, in which the controller handles nothing else (External Secrets 2.9).
    """
    _, cloud = vault_of(identity.vault_url)
    vault = {
        "authType": "WorkloadIdentity",
        "vaultUrl": identity.vault_url,
        "environmentType": cloud,
        "useAzureSDK": True,
        **(_CHINA if cloud == "ChinaCloud" else {}),
        "serviceAccountRef": {"name": name},
    }
    return manifest(EXTERNAL_SECRETS_API, "SecretStore", name, project, spec={"provider": {"azurekv": vault}})


def service_account_manifest(identity: WorkloadIdentity, name: str, project: str) -> Manifest:
    """Return the ServiceAccount that External Secrets presents to the vault.

    External Secrets 2.9 reads the identity from its annotations.
    """
    annotations = {
        "azure.workload.identity/client-id": identity.client_id,
        "azure.workload.identity/tenant-id": identity.tenant_id,
    }
    return manifest("v1", "ServiceAccount", name, project, annotations=annotations)
