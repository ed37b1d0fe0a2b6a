"""What External Secrets 2.9 makes of an ExternalSecret that reads a store of its own `fake` provider."""

from typing import Any

EXTERNAL_SECRETS = "external-secrets.io/v1"


def secret_of(live: dict[str, Any], store: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the Secret that an ExternalSecret asks for, and its data in clear.

    Args:
        live: the ExternalSecret.
        store: its ClusterSecretStore.

    Raises:
        KeyError: if the vault has no such key.
    """
    spec = live["spec"]
    vault = {entry["key"]: entry["value"] for entry in store["spec"]["provider"]["fake"]["data"]}
    values = {entry["secretKey"]: vault[entry["remoteRef"]["key"]] for entry in spec["data"]}
    template = spec["target"]["template"]
    data = dict(template["data"])
    for key, value in values.items():
        data = {k: v.replace("{{ ." + key + " }}", value) for k, v in data.items()}
    owner = {"apiVersion": live["apiVersion"], "kind": "ExternalSecret", "controller": True}
    owner |= {"name": live["metadata"]["name"], "uid": live["metadata"]["uid"]}
    metadata = {
        **(template.get("metadata") or {}),
        "name": spec["target"]["name"],
        "namespace": live["metadata"]["namespace"],
        "ownerReferences": [owner],
    }
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}, data
