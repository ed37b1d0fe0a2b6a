"""The controller of Warehouses: discovery, and Freight from the newest images (pkg/controller/warehouses)."""

import time
from pathlib import Path
from typing import Any

import httpx

from sandbox.names import REFRESH
from sandbox.real.images import Registry
from sandbox.real.objects import Objects
from sandbox.standins.controllers.conditions import condition, find, now
from sandbox.standins.controllers.durations import elapsed, seconds
from sandbox.standins.controllers.kargo.credentials import Credentials
from sandbox.standins.controllers.kargo.freight import new_freight
from sandbox.standins.controllers.kargo.imitated import NotImitatedError, only
from sandbox.standins.controllers.kargo.libraries import Libraries

_KEYS = ("freightCreationPolicy", "interval", "subscriptions")
_IMAGE = (
    *("repoURL", "imageSelectionStrategy", "strictSemvers", "discoveryLimit"),
    *("allowTagsRegexes", "ignoreTagsRegexes", "constraint"),
)
_LONGEST_PAUSE = 300.0


class Warehouses:
    """Reconciles Warehouses.

    Args:
        objects: the cluster.
        credentials: the logins.
        libraries: Kargo's libraries, which select and order tags.
        ca: CA of the registries.
    """

    def __init__(self, objects: Objects, credentials: Credentials, libraries: Libraries, ca: Path) -> None:
        self._objects = objects
        self._credentials = credentials
        self._libraries = libraries
        self._ca = ca
        self._pauses: dict[str, tuple[float, float]] = {}

    def due(self, live: dict[str, Any]) -> bool:
        """Return whether to reconcile. After failures the pauses grow; a refresh ends a pause."""
        if not _discovers(live):
            # Kargo hides a failed refresh: the next reconciliation finds it handled, keeps the old artifacts and sets
            # Ready.
            return (find(live, "Ready") or {}).get("reason") == "DiscoveryFailure"
        return _asked(live) or time.monotonic() >= self._pauses.get(live["metadata"]["uid"], (0, 0))[1]

    def reconcile(self, live: dict[str, Any]) -> None:
        """Discover images if due, create Freight, and report the status."""
        uid = live["metadata"]["uid"]
        handled: dict[str, Any] = {"lastHandledRefresh": _token(live)}
        discovered: dict[str, Any] = (live.get("status") or {}).get("discoveredArtifacts") or {}
        if _discovers(live):
            try:
                only(_KEYS, live["spec"], "a Warehouse")
                images = [self._image(live["metadata"]["namespace"], sub) for sub in live["spec"]["subscriptions"]]
            except ValueError as error:
                pause = min(2 * self._pauses.get(uid, (0.25, 0))[0], _LONGEST_PAUSE)
                self._pauses[uid] = (pause, time.monotonic() + pause)
                failed = f"Artifact discovery failed: error discovering artifacts: {error}"
                self._report(live, "DiscoveryFailure", failed, handled)
                return
            discovered = {"images": images, "discoveredAt": now()}
        self._pauses.pop(uid, None)
        handled |= {"discoveredArtifacts": discovered, "observedGeneration": live["metadata"]["generation"]}
        for image in discovered["images"]:
            if not image["references"]:
                missing = f'No references discovered for image repository "{image["repoURL"]}"'
                self._report(live, "MissingImageReferences", missing, handled)
                return
        newest = [{"repoURL": image["repoURL"], **image["references"][0]} for image in discovered["images"]]
        freight = new_freight(live, newest)
        if self._objects.create(freight):
            tags = ", ".join(image["tag"] for image in newest)
            print(f"stand-in for Kargo: Freight {freight['alias']} of {live['metadata']['name']}: {tags}", flush=True)
        found = f"Successfully discovered artifacts from {len(newest)} subscriptions"
        self._report(live, "ArtifactsDiscovered", found, {**handled, "lastFreightID": freight["metadata"]["name"]})

    def _image(self, namespace: str, subscription: dict[str, Any]) -> dict[str, Any]:
        """Return the newest images of a subscription.

        Raises:
            ValueError: if the registry cannot be read, or a rule is invalid or not imitated.
        """
        only(("image",), subscription, "a subscription")
        image = subscription["image"]
        only(_IMAGE, image, "an image subscription")
        if image["imageSelectionStrategy"] == "NewestBuild" or image["strictSemvers"]:
            raise NotImitatedError("the strategy NewestBuild, or strictSemvers")
        login = self._credentials.find(namespace, "image", image["repoURL"])
        if login is None:
            raise NotImitatedError(f"reading {image['repoURL']} without a credential")
        host, _, path = image["repoURL"].partition("/")
        registry = Registry(host, login.username, login.password, str(self._ca))
        try:
            newest = self._libraries.newest_first(registry.tags(path), image)[: image["discoveryLimit"]]
            references = [{"tag": tag, "digest": registry.digest(path, tag)} for tag in newest]
        except (httpx.HTTPError, ValueError) as error:
            name = image["repoURL"]
            step = f'error discovering newest applicable images "{name}": error listing tags'
            raise ValueError(f"{step}: error listing tags for repo URL {name}: {_text(error)}") from None
        return {"repoURL": image["repoURL"], "references": references}

    def _report(self, live: dict[str, Any], reason: str, message: str, status: dict[str, Any]) -> None:
        well = str(reason == "ArtifactsDiscovered")
        conditions = [condition(live, name, well, reason, f"stand-in: {message}") for name in ("Ready", "Healthy")]
        self._objects.report(live, {**status, "conditions": conditions})


def _text(error: Exception) -> str:
    """Return the error in the form of Kargo's registry library: the request, and the registry's code and message."""
    if not isinstance(error, httpx.HTTPStatusError):
        return str(error)
    request, answer = error.request, error.response
    json = answer.headers.get("Content-Type", "").startswith("application/json") and request.method != "HEAD"
    found = (answer.json().get("errors") or [{}])[0] if json else {}
    what = f"{answer.status_code} {answer.reason_phrase}"
    return f"{request.method} {request.url}: {found.get('code', what)}: {found.get('message', '')}"


def _token(live: dict[str, Any]) -> str:
    return str((live["metadata"].get("annotations") or {}).get(REFRESH, ""))


def _asked(live: dict[str, Any]) -> bool:
    return bool(_token(live) != (live.get("status") or {}).get("lastHandledRefresh", ""))


def _discovers(live: dict[str, Any]) -> bool:
    """Return whether a discovery is due: the first one, a changed spec, a refresh, or the end of the interval."""
    status = live.get("status") or {}
    discovered = status.get("discoveredArtifacts")
    if not discovered or _asked(live) or live["metadata"]["generation"] > status.get("observedGeneration", 0):
        return True
    return elapsed(discovered["discoveredAt"]) > seconds(live["spec"]["interval"])
