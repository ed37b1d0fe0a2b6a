"""Stand-in for External Secrets 2.9: stores, and ExternalSecrets with one of them.

Conditions and events have the words of External Secrets. It reads a value when it is due, and waits longer after each
failure, as External Secrets does.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from sandbox.layout import Layout
from sandbox.names import EXTERNAL_SECRETS
from sandbox.real.kubernetes_api import apply
from sandbox.real.objects import Objects, clear
from sandbox.standins.controllers.attempts import Attempts
from sandbox.standins.controllers.conditions import condition, find, now
from sandbox.standins.controllers.durations import elapsed, seconds
from sandbox.standins.controllers.not_synced import NotSyncedError
from sandbox.standins.controllers.stores import Reader, reader

# The condition contains only this message. The reason is in an event.
_FAILED = "could not get secret data from provider"
_DATA_HASH = "reconcile.external-secrets.io/data-hash"
_STORES = {"ClusterSecretStore": "cluster-secret-store", "SecretStore": "secret-store"}
_STORE_SECONDS = 5 * 60.0
# Namespace of an event about an object without one.
_DEFAULT = "default"
_EXPRESSION = re.compile(r'{{ \.(\w+)(?: \| trimAll ("(?:[^"\\]|\\.)*"))? }}')


def secret_of(live: dict[str, Any], store: Callable[[], Reader]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the Secret of an ExternalSecret, and its decoded data.

    Args:
        live: the ExternalSecret.
        store: returns the reader of its store.

    Raises:
        NotSyncedError: if the store is not ready, or has no such value.
    """
    spec = live["spec"]
    values = {}
    for i, entry in enumerate(spec["data"]):
        remote = entry["remoteRef"]
        try:
            values[entry["secretKey"]] = store()(remote)
        except NotSyncedError as error:
            raise NotSyncedError(f"error processing spec.data[{i}] (key: {remote['key']}), err: {error}") from None
    template = spec["target"]["template"]
    data = {key: _executed(text, values) for key, text in template["data"].items()}
    owner = {"apiVersion": live["apiVersion"], "kind": "ExternalSecret", "controller": True}
    owner |= {"name": live["metadata"]["name"], "uid": live["metadata"]["uid"]}
    given = template.get("metadata") or {}
    metadata = {
        **given,
        "annotations": {**given.get("annotations", {}), _DATA_HASH: _hash(data)},
        "name": _target(live),
        "namespace": live["metadata"]["namespace"],
        "ownerReferences": [owner],
    }
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}, data


def _executed(text: str, values: Mapping[str, str]) -> str:
    """Return a text of the template with the values: `{{ .key }}` or `{{ .key | trimAll "characters" }}`."""

    def replaced(expression: re.Match[str]) -> str:
        key, trimmed = expression.groups()
        return values[key].strip(json.loads(trimmed)) if trimmed else values[key]

    if "{{" in _EXPRESSION.sub("", text):
        raise NotSyncedError(f"the stand-in does not imitate the template {text}")
    return _EXPRESSION.sub(replaced, text)


class ExternalSecrets:
    """Reconciles stores and ExternalSecrets.

    Args:
        objects: the cluster.
        layout: the sandbox.
    """

    busy = False

    def __init__(self, objects: Objects, layout: Layout) -> None:
        self._objects, self._layout, self._attempts = objects, layout, Attempts()
        # Version and time of the last successful check by the ID of a store.
        self._checked: dict[str, tuple[str, float]] = {}
        self._repeated: dict[str, int] = {}

    def reconcile(self) -> None:
        """Reconcile every store, then every ExternalSecret with its Secret, if they are due."""
        for kind, component in _STORES.items():
            for store in self._objects.all(EXTERNAL_SECRETS, kind):
                self._check(store, component)
        for live in self._objects.all(EXTERNAL_SECRETS, "ExternalSecret"):
            self._sync(live)

    def _check(self, store: dict[str, Any], component: str) -> None:
        """Create the client of a store, after a change and every five minutes, and report whether it is ready."""
        uid, version = store["metadata"]["uid"], _version(store)
        known, since = self._checked.get(uid, ("", 0.0))
        if known == version and time.monotonic() < since + _STORE_SECONDS:
            return
        if not self._attempts.due(uid, version):
            return
        try:
            reader(self._objects, self._layout, store, store["metadata"].get("namespace") or _DEFAULT)
        except NotSyncedError as error:
            self._attempts.failed(uid, version)
            self._warn(store, component, "InvalidProviderConfig", str(error))
            state = condition(store, "Ready", "False", "InvalidProviderConfig", "unable to create client")
        else:
            self._attempts.succeeded(uid)
            self._checked[uid] = (version, time.monotonic())
            state = condition(store, "Ready", "True", "Valid", "store validated")
        self._objects.report(store, {"conditions": [state]})

    def _sync(self, live: dict[str, Any]) -> None:
        uid, version, started = live["metadata"]["uid"], _version(live), now()
        if (_is_due(live) or not self._is_valid(live)) and self._attempts.due(uid, version):
            try:
                self._objects.report(live, {**self._written(live), "refreshTime": started})
            except NotSyncedError as error:
                self._attempts.failed(uid, version)
                self._warn(live, "external-secrets", "UpdateFailed", str(error))
                failed = condition(live, "Ready", "False", "SecretSyncedError", _FAILED)
                self._objects.report(live, {"conditions": [failed]})
            else:
                self._attempts.succeeded(uid)

    def _written(self, live: dict[str, Any]) -> dict[str, Any]:
        """Read the values of an ExternalSecret and write its Secret; return its status."""
        secret, data = secret_of(live, lambda: self._reader(live))
        name, namespace = secret["metadata"]["name"], secret["metadata"]["namespace"]
        self._delete_orphans(live, name)
        if self._objects.secret(namespace, name) != data:
            apply(self._objects.api, secret)
        synced = condition(live, "Ready", "True", "SecretSynced", "secret synced")
        return {"conditions": [synced], "binding": {"name": name}, "syncedResourceVersion": _version(live)}

    def _is_valid(self, live: dict[str, Any]) -> bool:
        """Return whether the Secret of an ExternalSecret exists and has the data that was written."""
        secrets = self._objects.all("v1", "Secret", live["metadata"]["namespace"])
        return any(
            (secret["metadata"].get("annotations") or {}).get(_DATA_HASH) == _hash(clear(secret))
            for secret in secrets
            if secret["metadata"]["name"] == _target(live)
        )

    def _reader(self, live: dict[str, Any]) -> Reader:
        """Return the reader of an ExternalSecret's store."""
        reference, namespace = live["spec"]["secretStoreRef"], live["metadata"]["namespace"]
        kind, name = reference["kind"], reference["name"]
        store = self._objects.get(EXTERNAL_SECRETS, kind, namespace if kind == "SecretStore" else None, name)
        if store is None:
            raise NotSyncedError(f'could not get {kind} "{name}", {kind}.external-secrets.io "{name}" not found')
        if (find(store, "Ready") or {}).get("status") != "True":
            raise NotSyncedError(f'{kind} "{name}" is not ready')
        return reader(self._objects, self._layout, store, namespace)

    def _delete_orphans(self, live: dict[str, Any], name: str) -> None:
        """Delete the Secret with the former name, as External Secrets does before it creates the new one."""
        bound = ((live.get("status") or {}).get("binding") or {}).get("name", name)
        if bound != name:
            self._objects.delete("v1", "Secret", live["metadata"]["namespace"], bound)

    def _warn(self, live: dict[str, Any], component: str, reason: str, message: str) -> None:
        """Write a Warning event, or count it if it was written before, as the event recorder of Kubernetes does."""
        metadata = live["metadata"]
        about = {"apiVersion": live["apiVersion"], "kind": live["kind"], "name": metadata["name"]}
        namespace = metadata.get("namespace") or _DEFAULT
        name = f"{metadata['name']}.{sha256((metadata['uid'] + message).encode()).hexdigest()[:16]}"
        self._repeated[name] = self._repeated.get(name, 0) + 1
        event = {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {**about, "namespace": metadata.get("namespace") or "", "uid": metadata["uid"]},
            "type": "Warning",
            "reason": reason,
            "message": message,
            "count": self._repeated[name],
            "lastTimestamp": now(),
            "source": {"component": f"{component} (stand-in)"},
        }
        apply(self._objects.api, {"apiVersion": "v1", "kind": "Event", **event})


def _is_due(live: dict[str, Any]) -> bool:
    """Return whether to read the values again, by the `refreshPolicy`."""
    spec, status = live["spec"], live.get("status") or {}
    synced, refreshed = status.get("syncedResourceVersion"), status.get("refreshTime")
    changed = not synced or not refreshed or synced != _version(live)
    if spec.get("refreshPolicy") == "OnChange":
        return changed
    interval = seconds(spec["refreshInterval"])
    # With an interval of 0, External Secrets does not even look at a change.
    return not synced if interval <= 0 else changed or elapsed(str(refreshed)) > interval


def _version(live: dict[str, Any]) -> str:
    """Return what changes with the spec and the annotations of an object."""
    metadata = live["metadata"]
    return f"{metadata['generation']}-{sha256(str(metadata.get('annotations')).encode()).hexdigest()[:8]}"


def _target(live: dict[str, Any]) -> str:
    return str(live["spec"]["target"].get("name") or live["metadata"]["name"])


def _hash(data: Mapping[str, str]) -> str:
    return sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
