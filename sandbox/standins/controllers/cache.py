"""The objects of the stand-in controllers, kept up to date by watches, as the cache of a real controller is."""

import threading
import time
from collections.abc import Iterable
from typing import Any

from kubernetes import dynamic
from kubernetes.watch import Watch

from sandbox.real.objects import Objects, content

# The API server ends a watch sooner or later. Neither side keeps this one open longer.
_WATCH_SECONDS = 300
_PAUSE_SECONDS = 1.0

_Kind = tuple[str, str]
_Name = tuple[str, str]


class Cache(Objects):
    """Objects of several kinds, listed from memory. Every other read goes to the cluster.

    A write of this cache is in it at once, so no reconciliation works with an object older than its own last write.

    Args:
        api: the cluster.
        kinds: API version and kind of the objects.
    """

    def __init__(self, api: dynamic.DynamicClient, kinds: Iterable[_Kind]) -> None:
        super().__init__(api)
        self._live: dict[_Kind, dict[_Name, dict[str, Any]]] = {kind: {} for kind in kinds}
        self._lock = threading.Lock()
        self._changed = threading.Event()
        for kind in self._live:
            self._list(kind)  # every kind is known before the first reconciliation
            threading.Thread(target=self._follow, args=[kind], daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Wait for a change since the last call, but no longer than `seconds`."""
        self._changed.wait(seconds)
        self._changed.clear()

    def all(self, api_version: str, kind: str, namespace: str | None = None, **more: str) -> list[dict[str, Any]]:
        """Return the objects of a kind, ordered by name, without objects that are being deleted."""
        known = self._live.get((api_version, kind))
        if known is None or more:
            return super().all(api_version, kind, namespace, **more)
        with self._lock:
            found = sorted((name, live) for name, live in known.items() if namespace in (None, name[0]))
        return [live for _, live in found if not live["metadata"].get("deletionTimestamp")]

    def written(self, live: dict[str, Any]) -> dict[str, Any]:
        """Keep an object, unless a newer one is known, and return it."""
        of_kind = self._live.get((live["apiVersion"], live["kind"]))
        if of_kind is not None:
            with self._lock:
                known = of_kind.get(_name(live))
                if known is None or _version(known) < _version(live):
                    of_kind[_name(live)] = live
        return live

    def _list(self, kind: _Kind) -> int:
        """Read all objects of a kind, forget those that are gone, and return the version of the list."""
        listed = content(self._kind(*kind).get(serialize=False))
        version, known = _version(listed), {"apiVersion": kind[0], "kind": kind[1]}
        for item in listed["items"]:
            self.written(known | item)
        present = {_name(item) for item in listed["items"]}
        with self._lock:
            for name, live in list(self._live[kind].items()):
                if name not in present and _version(live) <= version:
                    del self._live[kind][name]
        return version

    def _follow(self, kind: _Kind) -> None:
        while True:
            try:
                seen, resource = self._list(kind), self._kind(*kind)
                self._changed.set()
                for event in Watch().stream(
                    resource.get, serialize=False, resource_version=str(seen), timeout_seconds=_WATCH_SECONDS
                ):
                    self._keep(event["type"], event["raw_object"])
                    self._changed.set()
            except Exception:  # the API may be stopping
                time.sleep(_PAUSE_SECONDS)

    def _keep(self, change: str, live: dict[str, Any]) -> None:
        if change == "DELETED":
            # It stays until the next list, so that the answer to an older write does not bring it back.
            live["metadata"]["deletionTimestamp"] = "deleted"
        self.written(live)


def _name(live: dict[str, Any]) -> _Name:
    return live["metadata"].get("namespace") or "", live["metadata"]["name"]


def _version(live: dict[str, Any]) -> int:
    """Return the resource version. Versions of one etcd can be compared."""
    return int(live["metadata"]["resourceVersion"])
