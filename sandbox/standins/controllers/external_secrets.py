"""What External Secrets 2.9 makes of an ExternalSecret that reads a store of its own `fake` provider."""

from typing import Any

EXTERNAL_SECRETS = "external-secrets.io/v1"

# The condition says no more than this; why stands in an event alone.
FAILED = "could not get secret data from provider"


class NotSyncedError(Exception):
    """An ExternalSecret cannot be synced; the text is that of External Secrets' event."""


def secret_of(live: dict[str, Any], store: dict[str, Any] | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the Secret that an ExternalSecret asks for, and its data in clear.

    Args:
        live: the ExternalSecret.
        store: its ClusterSecretStore; None where there is none of that name.

    Raises:
        NotSyncedError: if there is no store, or the vault has no such key.
    """
    spec = live["spec"]
    if store is None:
        name = spec["secretStoreRef"]["name"]
        raise NotSyncedError(
            f'could not get ClusterSecretStore "{name}", ClusterSecretStore.external-secrets.io "{name}" not found'
        )
    vault = {entry["key"]: entry["value"] for entry in store["spec"]["provider"]["fake"]["data"]}
    values = {}
    for i, entry in enumerate(spec["data"]):
        key = entry["remoteRef"]["key"]
        if key not in vault:
            raise NotSyncedError(f"error processing spec.data[{i}] (key: {key}), err: Secret does not exist")
        values[entry["secretKey"]] = vault[key]
    template = spec["target"]["template"]
    data = dict(template["data"])
    for key, value in values.items():
        data = {k: v.replace("{{ ." + key + " }}", value) for k, v in data.items()}
    owner = {"apiVersion": live["apiVersion"], "kind": "ExternalSecret", "controller": True}
    owner |= {"name": live["metadata"]["name"], "uid": live["metadata"]["uid"]}
    metadata = {
        **(template.get("metadata") or {}),
        "name": spec["target"].get("name") or live["metadata"]["name"],
        "namespace": live["metadata"]["namespace"],
        "ownerReferences": [owner],
    }
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}, data
