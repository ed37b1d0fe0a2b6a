"""Watches of the cluster, for the stand-in controllers."""

import threading
import time
from collections.abc import Iterable

from kubernetes import dynamic

# The API server ends a watch sooner or later. Neither side keeps this one open longer.
_WATCH_SECONDS = 300
_PAUSE_SECONDS = 1.0


class Changes:
    """Watches of several kinds of objects.

    Args:
        api: the cluster.
        kinds: API version and kind of the objects.
    """

    def __init__(self, api: dynamic.DynamicClient, kinds: Iterable[tuple[str, str]]) -> None:
        self._api = api
        self._changed = threading.Event()
        for kind in kinds:
            threading.Thread(target=self._watch, args=kind, daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Wait for a change since the last call, but no longer than `seconds`."""
        self._changed.wait(seconds)
        self._changed.clear()

    def _watch(self, api_version: str, kind: str) -> None:
        while True:
            try:
                resource = self._api.resources.get(api_version=api_version, kind=kind)
                # A watch begins with the existing objects, so no change between two watches is missed.
                for _ in resource.watch(timeout=_WATCH_SECONDS):
                    self._changed.set()
            except Exception:  # the API may be stopping
                time.sleep(_PAUSE_SECONDS)
