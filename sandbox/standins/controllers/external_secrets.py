"""What External Secrets 2.9 makes of an ExternalSecret that reads a store of its own `fake` provider."""

from typing import Any

from sandbox.names import EXTERNAL_SECRETS
from sandbox.real.kubernetes_api import apply
from sandbox.real.objects import Objects
from sandbox.standins.controllers.conditions import now, ready

# The condition says no more than this; why stands in an event alone.
_FAILED = "could not get secret data from provider"


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


class ExternalSecrets:
    """Reconciles ExternalSecrets.

    Args:
        objects: the cluster.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def reconcile(self) -> None:
        """Bring every ExternalSecret, and its Secret, up to date once."""
        for live in self._objects.all(EXTERNAL_SECRETS, "ExternalSecret"):
            self._objects.report(live, self._status(live))

    def _status(self, live: dict[str, Any]) -> dict[str, Any]:
        store = self._objects.get(EXTERNAL_SECRETS, "ClusterSecretStore", None, live["spec"]["secretStoreRef"]["name"])
        try:
            secret, data = secret_of(live, store)
        except NotSyncedError as error:
            failed = ready(live, "False", _FAILED)
            if failed not in ((live.get("status") or {}).get("conditions") or []):
                self._warn(live, str(error))
            return {"conditions": [failed]}
        name, namespace = secret["metadata"]["name"], secret["metadata"]["namespace"]
        self._delete_orphans(live, name)
        if self._objects.secret(namespace, name) != data:
            apply(self._objects.api, secret)
        return {"conditions": [ready(live)], "binding": {"name": name}}

    def _delete_orphans(self, live: dict[str, Any], name: str) -> None:
        """Delete what the ExternalSecret made under another name; External Secrets does so before it makes the new."""
        bound = ((live.get("status") or {}).get("binding") or {}).get("name", name)
        if bound != name:
            self._objects.delete("v1", "Secret", live["metadata"]["namespace"], bound)

    def _warn(self, live: dict[str, Any], message: str) -> None:
        metadata = live["metadata"]
        about = {"apiVersion": live["apiVersion"], "kind": live["kind"], "name": metadata["name"]}
        event = {
            "metadata": {"generateName": f"{metadata['name']}.", "namespace": metadata["namespace"]},
            "involvedObject": {**about, "namespace": metadata["namespace"], "uid": metadata["uid"]},
            "type": "Warning",
            "reason": "UpdateFailed",
            "message": message,
            "lastTimestamp": now(),
            "source": {"component": "external-secrets (stand-in)"},
        }
        self._objects.create({"apiVersion": "v1", "kind": "Event", **event})
