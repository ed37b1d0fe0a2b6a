"""The two ClusterSecretStores of a team's cluster: a vault's, and IDPBuilder's for the login of its Gitea."""

from collections.abc import Iterator
from typing import Any

from sandbox.layout import Layout
from sandbox.names import EXTERNAL_SECRETS
from sandbox.real.gitea import OWNER
from sandbox.real.kubernetes_api import apply, client

# Name of the store in the stacks. Its provider is `fake`, in the place of a vault.
VAULT = "azure-keyvault-store"
_VAULT_KEYS = ("gitea-admin-password", "GITHUB-PAT")
# The names of IDPBuilder 0.9.
_GITEA = "gitea"
_GITEA_LOGIN = "gitea-credential"
_READER = "external-secrets"


def install(layout: Layout) -> None:
    """Write both stores, and the login that IDPBuilder's store reads."""
    api = client(layout.kubeconfig)
    for manifest in _manifests(layout):
        apply(api, manifest)


def _manifests(layout: Layout) -> Iterator[dict[str, Any]]:
    password = layout.secret("gitea-password")
    data = [{"key": key, "value": password} for key in _VAULT_KEYS]
    yield _object(EXTERNAL_SECRETS, "ClusterSecretStore", VAULT, spec={"provider": {"fake": {"data": data}}})
    for namespace in (_GITEA, _READER):
        yield _object("v1", "Namespace", namespace)
    login = {"username": OWNER, "password": password}
    yield _object("v1", "Secret", _GITEA_LOGIN, _GITEA, stringData=login)
    token = {"token": layout.secret("api-token")}
    yield _object("v1", "Secret", "apiserver-token", _READER, stringData=token)
    yield _object("v1", "ConfigMap", "apiserver-ca", _READER, data={"ca.crt": layout.ca.read_text()})
    ca = {"type": "ConfigMap", "name": "apiserver-ca", "key": "ca.crt", "namespace": _READER}
    bearer = {"name": "apiserver-token", "key": "token", "namespace": _READER}
    cluster = {
        "remoteNamespace": _GITEA,
        "server": {"url": f"https://127.0.0.1:{layout.ports['apiServer']}", "caProvider": ca},
        "auth": {"token": {"bearerToken": bearer}},
    }
    yield _object(EXTERNAL_SECRETS, "ClusterSecretStore", _GITEA, spec={"provider": {"kubernetes": cluster}})


def _object(api_version: str, kind: str, name: str, namespace: str | None = None, **body: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}
