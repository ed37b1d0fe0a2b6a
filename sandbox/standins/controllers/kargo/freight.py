"""Freight: its content, and its availability to a Stage."""

import hashlib
from typing import Any

from sandbox.names import ALIAS, KARGO
from sandbox.standins.controllers.conditions import now
from sandbox.standins.controllers.durations import elapsed, seconds
from sandbox.standins.controllers.kargo.imitated import only

_SOURCES = ("direct", "stages", "availabilityStrategy", "requiredSoakTime")


def new_freight(warehouse: dict[str, Any], images: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the Freight of images. Kargo derives the same name from origin, tags and digests."""
    origin = {"kind": "Warehouse", "name": warehouse["metadata"]["name"]}
    parts = "|".join(sorted(f"{image['repoURL']}:{image['tag']}@{image['digest']}" for image in images))
    name = hashlib.sha1(f"{key(origin)}:{parts}".encode()).hexdigest()
    alias = f"stand-in-{name[:7]}"
    metadata = {"name": name, "namespace": warehouse["metadata"]["namespace"], "labels": {ALIAS: alias}}
    known = {"alias": alias, "discoveredAt": now(), "origin": origin, "images": images}
    return {"apiVersion": KARGO, "kind": "Freight", "metadata": metadata, **known}


def key(origin: dict[str, str]) -> str:
    """Return an origin in the form of Kargo's annotations and status keys."""
    return f"{origin['kind']}/{origin['name']}"


def reference(freight: dict[str, Any]) -> dict[str, Any]:
    """Return a reference to Freight, for the status of other objects."""
    return {"name": freight["metadata"]["name"], "origin": freight["origin"], "images": freight["images"]}


def collection(freight: dict[str, Any]) -> dict[str, Any]:
    """Return a FreightCollection with one Freight: a Stage of this project requests Freight of one Warehouse."""
    identity = hashlib.sha1(freight["metadata"]["name"].encode()).hexdigest()
    return {"id": identity, "items": {key(freight["origin"]): reference(freight)}}


def available(stage: dict[str, Any], freight: dict[str, Any]) -> bool:
    """Return whether Freight is available to a Stage: directly from its Warehouse, or verified upstream.

    Raises:
        NotImitatedError: if the sources of the Stage have other fields.
    """
    for request in stage["spec"]["requestedFreight"]:
        sources = request["sources"]
        only(_SOURCES, sources, f"sources of Stage {stage['metadata']['name']}")
        if request["origin"] == freight["origin"]:
            enough = all if sources.get("availabilityStrategy") == "All" else any
            upstream, soak = sources.get("stages") or [], sources.get("requiredSoakTime")
            return bool(sources.get("direct")) or enough(_has_soaked(freight, name, soak) for name in upstream)
    return False


def _has_soaked(freight: dict[str, Any], stage: str, soak: str | None) -> bool:
    """Return whether Freight was verified in a Stage, and has been in it for the soak time without interruption."""
    status = freight.get("status") or {}
    since = (status.get("currentlyIn") or {}).get(stage, {}).get("since")
    return stage in (status.get("verifiedIn") or {}) and (not soak or bool(since and elapsed(since) >= seconds(soak)))


def newest(freight: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the Freight that Kargo promotes automatically: the newest by its discovery."""
    return max(freight, key=lambda f: (f.get("discoveredAt", ""), f["metadata"]["name"]), default=None)
