"""The Warehouses' controller: discovery when it is due, and Freight of the newest (pkg/controller/warehouses)."""

import datetime
import re
import time
from typing import Any

from sandbox.standins.controllers.conditions import condition, find, now
from sandbox.standins.controllers.kargo.discovery import Discovery, DiscoveryError
from sandbox.standins.controllers.kargo.freight import new_freight
from sandbox.standins.controllers.kargo.names import REFRESH, NotImitatedError, only
from sandbox.standins.controllers.objects import Objects

_SECONDS = {"h": 3600, "m": 60, "s": 1}
_LONGEST_PAUSE = 300.0


class Warehouses:
    """Reconciles Warehouses.

    Args:
        objects: the cluster.
        discovery: lists what subscriptions allow.
    """

    def __init__(self, objects: Objects, discovery: Discovery) -> None:
        self._objects = objects
        self._discovery = discovery
        self._pauses: dict[str, tuple[float, float]] = {}

    def due(self, live: dict[str, Any]) -> bool:
        """Return whether there is anything to do; after failures with growing pauses, a refresh ends the pause."""
        if not _discovers(live):
            # Kargo hides a failed refresh: its next pass finds it handled, keeps what it knew and says Ready.
            return (find(live, "Ready") or {}).get("reason") == "DiscoveryFailure"
        return _asked(live) or time.monotonic() >= self._pauses.get(live["metadata"]["uid"], (0, 0))[1]

    def reconcile(self, live: dict[str, Any]) -> None:
        """Discover if that is due, make Freight, and report."""
        uid, token = live["metadata"]["uid"], _token(live)
        discovered: dict[str, Any] = (live.get("status") or {}).get("discoveredArtifacts") or {}
        if _discovers(live):
            try:
                only(("freightCreationPolicy", "interval", "subscriptions"), live["spec"], "a Warehouse")
                if live["spec"]["freightCreationPolicy"] != "Automatic":
                    raise NotImitatedError("another freightCreationPolicy than Automatic")
                discovered = {"images": self._discovery.images(live), "discoveredAt": now()}
            except (DiscoveryError, NotImitatedError) as error:
                pause = min(2 * self._pauses.get(uid, (0.25, 0))[0], _LONGEST_PAUSE)
                self._pauses[uid] = (pause, time.monotonic() + pause)
                self._report(live, "DiscoveryFailure", f"Artifact discovery failed: {error}", lastHandledRefresh=token)
                return
        self._pauses.pop(uid, None)
        handled = {
            "discoveredArtifacts": discovered,
            "lastHandledRefresh": token,
            "observedGeneration": live["metadata"]["generation"],
        }
        for image in discovered["images"]:
            if not image["references"]:
                missing = f'No references discovered for image repository "{image["repoURL"]}"'
                self._report(live, "MissingImageReferences", missing, **handled)
                return
        newest = [{"repoURL": image["repoURL"], **image["references"][0]} for image in discovered["images"]]
        freight = new_freight(live, newest)
        if self._objects.create(freight):
            tags = ", ".join(image["tag"] for image in newest)
            print(f"stand-in for Kargo: Freight {freight['alias']} of {live['metadata']['name']}: {tags}", flush=True)
        found = f"Successfully discovered artifacts from {len(newest)} subscriptions"
        self._report(live, "ArtifactsDiscovered", found, lastFreightID=freight["metadata"]["name"], **handled)

    def _report(self, live: dict[str, Any], reason: str, message: str, **status: Any) -> None:
        well = str(reason == "ArtifactsDiscovered")
        conditions = [condition(live, name, well, reason, f"stand-in: {message}") for name in ("Ready", "Healthy")]
        self._objects.report(live, {**status, "conditions": conditions})


def _token(live: dict[str, Any]) -> str:
    return str((live["metadata"].get("annotations") or {}).get(REFRESH, ""))


def _asked(live: dict[str, Any]) -> bool:
    return bool(_token(live) != (live.get("status") or {}).get("lastHandledRefresh", ""))


def _discovers(live: dict[str, Any]) -> bool:
    """Return whether Kargo would look into the registry: never done, spec changed, asked, or the interval is over."""
    status = live.get("status") or {}
    discovered = status.get("discoveredArtifacts")
    if not discovered or _asked(live) or live["metadata"]["generation"] > status.get("observedGeneration", 0):
        return True
    parts = re.findall(r"([\d.]+)([hms])", live["spec"]["interval"])
    interval = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    since = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(discovered["discoveredAt"])
    return since.total_seconds() > interval
