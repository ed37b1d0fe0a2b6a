"""The sandbox's Azure: whether the dev stack uses it, the stand-in's server, and the identity of a Kargo project."""

import socket
import uuid
from typing import Any

import yaml

from config.project import NAME
from sandbox import processes
from sandbox.layout import PROJECT, Layout, write_private
from sandbox.real.kubernetes_api import apply, client, issuer
from sandbox.standins.azure import certificates
from sandbox.standins.azure.clouds import CLOUDS, PUBLIC
from sandbox.standins.azure.directory import Directory
from sandbox.standins.azure.roles import SECRETS_USER

SERVER = "azure-standin"
AZURE, FAKE = "azure", "fake"
VAULTS = (AZURE, FAKE)
TENANT = "8c0a2c5e-6f0d-4f0e-9d53-6b6a4f1d2e01"
AUDIENCE = "api://AzureADTokenExchange"
VAULT = "backstage-dev"
_HOST = f"{VAULT}.{CLOUDS[PUBLIC].vaults}"
_RBAC = "rbac.authorization.k8s.io"


def choose(layout: Layout, vault: str) -> None:
    """Choose the vault of the dev stack, for every later command too: `azure`, or the committed store `fake`."""
    write_private(layout.folder(".") / "vault", vault)


def chosen(layout: Layout) -> bool:
    """Return whether the credential of the dev stack is in the stand-in for Azure Key Vault."""
    choice = layout.root / "vault"
    return choice.exists() and choice.read_text() == AZURE


def directory(layout: Layout) -> Directory:
    """Return the tenants and vaults."""
    return Directory(layout.folder("azure"))


def start(layout: Layout) -> None:
    """Start the stand-in, if it is not running, and publish the keys that verify ServiceAccounts' tokens."""
    # Azure Kubernetes Service publishes them outside the cluster. Entra reads them without a login.
    published = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "published-service-account-issuer"},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": "system:service-account-issuer-discovery"},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": "system:unauthenticated"}],
    }
    apply(client(layout.kubeconfig), published)
    certificates.provide(layout.folder("azure"))
    processes.start_module(layout, SERVER, "sandbox.standins.azure", ready=lambda: _listens(layout))


def stop(layout: Layout) -> None:
    """Stop the stand-in. Its vaults stay."""
    processes.stop(layout, SERVER)


def register(layout: Layout, project: str) -> dict[str, str]:
    """Register the identity of a Kargo project's SecretStore `azurekv`, with a role in the vault.

    Nothing is changed in what is registered already.

    Returns:
        The keys of `workloadIdentity`.
    """
    client_id = str(uuid.uuid5(uuid.UUID(TENANT), project))
    subject = f"system:serviceaccount:{project}:azurekv"
    federated = {"issuer": issuer(layout), "subject": subject, "audiences": [AUDIENCE]}
    with directory(layout).change() as content:
        tenant = content["tenants"].setdefault(TENANT, {"applications": {}})
        tenant["applications"].setdefault(client_id, {"name": project, "federatedCredentials": [federated]})
        vault = content["vaults"].setdefault(_HOST, {"tenant": TENANT, "roles": {}, "secrets": {}})
        vault["roles"].setdefault(client_id, [SECRETS_USER])
    return {"tenantId": TENANT, "clientId": client_id, "vaultUrl": f"https://{_HOST}"}


def registry(layout: Layout) -> dict[str, Any]:
    """Return the dev stack's `registry` with its credential in the vault, and register the identity."""
    team: dict[str, Any] = yaml.safe_load((PROJECT / "Pulumi.dev.yaml").read_text())["config"]
    identity = register(layout, team[f"{NAME}:kargo"]["project"])
    return {"login": {"password": {**password(identity), "secretStore": None}}}


def password(identity: dict[str, str], key: str = "gitea-admin-password") -> dict[str, Any]:
    """Return the configuration of a password that the stack writes to the vault, for an identity that reads it.

    Args:
        identity: the keys of `workloadIdentity`.
        key: name of the secret.
    """
    return {
        "from": "azureKeyVault",
        "key": key,
        "workloadIdentity": identity,
        "vault": {"resourceGroup": VAULT, "name": VAULT},
    }


def client_environment(layout: Layout) -> dict[str, str]:
    """Return the environment variables that lead a program's requests for Azure's hosts to the stand-in."""
    proxy, own = f"http://127.0.0.1:{layout.ports['azure']}", "127.0.0.1,localhost"
    return {"HTTPS_PROXY": proxy, "NO_PROXY": own, "SSL_CERT_FILE": str(layout.folder("azure") / "ca.crt")}


def _listens(layout: Layout) -> bool:
    try:
        socket.create_connection(("127.0.0.1", layout.ports["azure"]), 1).close()
    except OSError:
        return False
    return True
