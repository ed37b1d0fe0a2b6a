"""The stores that the stand-in for External Secrets reads: of the providers `fake`, `kubernetes` and `azurekv`."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.layout import Layout
from sandbox.real.objects import Objects
from sandbox.standins.controllers.azure_key_vault import key_vault
from sandbox.standins.controllers.not_synced import NotSyncedError

Reader = Callable[[Mapping[str, str]], str]


def reader(objects: Objects, layout: Layout, store: Mapping[str, Any], namespace: str) -> Reader:
    """Return a function that reads a `remoteRef` with a store.

    Args:
        objects: the cluster.
        layout: the sandbox.
        store: the SecretStore or ClusterSecretStore.
        namespace: namespace of the ExternalSecret.

    Raises:
        NotSyncedError: if the store is not valid. The function raises it if it cannot read the value.
    """
    provider = store["spec"]["provider"]
    if "azurekv" in provider:
        return key_vault(objects, layout, store, namespace)
    if "kubernetes" in provider:
        return lambda remote: _property(objects, provider["kubernetes"]["remoteNamespace"], remote)
    if "fake" in provider:
        vault = {entry["key"]: entry["value"] for entry in provider["fake"]["data"]}
        return lambda remote: _found(vault.get(remote["key"]), "Secret does not exist")
    raise NotSyncedError(f"the stand-in does not imitate the provider {', '.join(provider)}")


def _property(objects: Objects, namespace: str, remote: Mapping[str, str]) -> str:
    key, name = remote["key"], remote["property"]
    data = objects.secret(namespace, key)
    if data is None:
        raise NotSyncedError(f'secrets "{key}" not found')
    return _found(data.get(name), f"property {name} does not exist in data of secret")


def _found(value: str | None, otherwise: str) -> str:
    if value is None:
        raise NotSyncedError(otherwise)
    return value
