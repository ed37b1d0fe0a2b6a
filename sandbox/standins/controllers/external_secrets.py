"""Stand-in for External Secrets 2.9: ExternalSecrets with a store of the provider `fake` or `kubernetes`."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from sandbox.names import EXTERNAL_SECRETS
from sandbox.real.kubernetes_api import apply
from sandbox.real.objects import Objects
from sandbox.standins.controllers.conditions import now, ready
from sandbox.standins.controllers.durations import elapsed, seconds

# The condition contains only this message. The reason is in an event.
_FAILED = "could not get secret data from provider"

Reader = Callable[[Mapping[str, str]], str]


class NotSyncedError(Exception):
    """An ExternalSecret cannot be synced. The text is the message of External Secrets' event."""


def secret_of(live: dict[str, Any], read: Reader) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the Secret of an ExternalSecret, and its decoded data.

    Args:
        live: the ExternalSecret.
        read: returns the value of a `remoteRef`.

    Raises:
        NotSyncedError: if `read` finds nothing.
    """
    spec = live["spec"]
    values = {}
    for i, entry in enumerate(spec["data"]):
        remote = entry["remoteRef"]
        try:
            values[entry["secretKey"]] = read(remote)
        except NotSyncedError as error:
            raise NotSyncedError(f"error processing spec.data[{i}] (key: {remote['key']}), err: {error}") from None
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

    busy = False

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def reconcile(self) -> None:
        """Reconcile every ExternalSecret and its Secret once."""
        for live in self._objects.all(EXTERNAL_SECRETS, "ExternalSecret"):
            self._objects.report(live, self._status(live))

    def _status(self, live: dict[str, Any]) -> dict[str, Any]:
        try:
            secret, data = secret_of(live, self._reader(live["spec"]["secretStoreRef"]))
        except NotSyncedError as error:
            failed = ready(live, "False", _FAILED)
            if failed not in ((live.get("status") or {}).get("conditions") or []):
                self._warn(live, str(error))
            return {"conditions": [failed]}
        name, namespace = secret["metadata"]["name"], secret["metadata"]["namespace"]
        self._delete_orphans(live, name)
        if self._objects.secret(namespace, name) != data:
            apply(self._objects.api, secret)
        old, metadata = live.get("status") or {}, live["metadata"]
        version = f"{metadata['generation']}-{sha256(str(metadata.get('annotations')).encode()).hexdigest()[:8]}"
        looked = str(old.get("refreshTime") or now())
        is_due = 0 < seconds(live["spec"]["refreshInterval"]) < elapsed(looked)
        if is_due or version != old.get("syncedResourceVersion"):
            looked = now()
        known = {"refreshTime": looked, "syncedResourceVersion": version}
        return {"conditions": [ready(live)], "binding": {"name": name}, **known}

    def _reader(self, reference: Mapping[str, str]) -> Reader:
        """Return the reader of a store."""
        kind, name = reference["kind"], reference["name"]
        if kind != "ClusterSecretStore":
            raise NotSyncedError(f"the stand-in does not imitate a {kind}")
        store = self._objects.get(EXTERNAL_SECRETS, kind, None, name)
        if store is None:
            raise NotSyncedError(f'could not get {kind} "{name}", {kind}.external-secrets.io "{name}" not found')
        provider = store["spec"]["provider"]
        if "kubernetes" in provider:
            return lambda remote: self._property(provider["kubernetes"]["remoteNamespace"], remote)
        vault = {entry["key"]: entry["value"] for entry in provider["fake"]["data"]}
        return lambda remote: _found(vault.get(remote["key"]), "Secret does not exist")

    def _property(self, namespace: str, remote: Mapping[str, str]) -> str:
        key, name = remote["key"], remote["property"]
        data = self._objects.secret(namespace, key)
        if data is None:
            raise NotSyncedError(f'secrets "{key}" not found')
        return _found(data.get(name), f"property {name} does not exist in data of secret")

    def _delete_orphans(self, live: dict[str, Any], name: str) -> None:
        """Delete the Secret with the former name, as External Secrets does before it creates the new one."""
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


def _found(value: str | None, otherwise: str) -> str:
    if value is None:
        raise NotSyncedError(otherwise)
    return value
