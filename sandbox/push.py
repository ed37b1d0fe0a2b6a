"""`make push`: push an image to Gitea, and follow it to the commit: webhook, Freight, Promotion."""

import json
from pathlib import Path
from typing import Any

from sandbox import platform, processes
from sandbox.deployed import Deployed
from sandbox.layout import Layout
from sandbox.names import REFRESH
from sandbox.progress import SandboxError, console
from sandbox.promotions import follow
from sandbox.real import gitea, kargo
from sandbox.real.images import Registry
from sandbox.standins.controllers.conditions import find, now
from sandbox.standins.controllers.kargo.stages import automatic

_SECONDS = 30
# Kargo's reasons of a Warehouse whose discovery has not ended (1.11).
_UNDER_WAY = ("DiscoveryInProgress", "AwaitingFreightCreation")
# Kargo's reason if no tag matches the subscription.
_NO_TAG = "MissingImageReferences"
# A registry's error code for an image without tags (OCI distribution specification).
_NO_SUCH_IMAGE = "NAME_UNKNOWN"


def push(layout: Layout, pipeline: str, tag: str, platforms: int) -> None:
    """Push `tag` of the image that the pipeline's Warehouse subscribes to, and follow it.

    Raises:
        SandboxError: if a server has ended, the pipeline is not deployed, the discovery fails, or a step takes too
            long.
    """
    deployed = Deployed(layout)
    platform.require_servers(layout)
    if pipeline not in deployed.warehouses:
        names = ", ".join(sorted(deployed.warehouses))
        fix = f"set PIPELINE to one of: {names}" if names else "run: make up"
        raise SandboxError(f"no Warehouse '{pipeline}'; {fix}")
    warehouse = deployed.warehouses[pipeline]
    subscription = next(entry["image"] for entry in warehouse["spec"]["subscriptions"] if "image" in entry)
    host, _, repository = subscription["repoURL"].partition("/")
    # Kargo's refreshes have a resolution of one second: this push's refresh must differ from the previous one.
    asked = _asked(warehouse)
    processes.eventually(lambda: now() != asked, "the next second", _SECONDS)
    started = now()
    before = set(layout.deliveries.glob("*.json"))
    registry = Registry(host, gitea.OWNER, layout.secret("gitea-password"), str(layout.ca))
    digest = registry.push(repository, tag, platforms)
    console.print(f"pushed {subscription['repoURL']}:{tag}", markup=False)

    if not kargo.runs(layout):
        _show_deliveries(layout, before, tag)
    freight = _freight(deployed, warehouse, tag, digest, started)
    if freight:
        console.print(f"Freight {freight['alias']} ({freight['metadata']['name'][:7]}): {tag}", markup=False)
        for stage in deployed.stages_of(pipeline):
            _show_stage(layout, deployed, stage, freight)


def _show_deliveries(layout: Layout, before: set[Path], tag: str) -> None:
    """Show the deliveries of Gitea since then. Only the stand-in records them."""

    def new() -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted(set(layout.deliveries.glob("*.json")) - before)]

    def arrived() -> bool:
        return any(_package(delivery).get("version") == tag for delivery in new())

    processes.eventually(arrived, f"a delivery for {tag}", _SECONDS)
    for delivery in new():
        _show(delivery)


def _freight(deployed: Deployed, warehouse: dict[str, Any], tag: str, digest: str, since: str) -> dict[str, Any] | None:
    """Return the Freight of the pushed image after the discovery; None, with the reason printed, if it is missing.

    Raises:
        SandboxError: if the discovery fails, or takes too long.
    """
    name, before = warehouse["metadata"]["name"], _asked(warehouse)

    def looked() -> bool:
        nonlocal warehouse
        warehouse = deployed.again(warehouse)
        status, asked = warehouse.get("status") or {}, _asked(warehouse)
        found = (status.get("discoveredArtifacts") or {}).get("discoveredAt", "")
        return (
            asked != before
            and status.get("lastHandledRefresh") == asked
            and (found >= since if _ready(warehouse)["status"] == "True" else _has_failed(warehouse))
        )

    try:
        processes.eventually(looked, f"the discovery of Warehouse {name}", _SECONDS)
    except SandboxError as error:
        raise SandboxError(f"{error}{_last_words(warehouse)}") from None
    status = warehouse["status"]
    if _has_failed(warehouse):
        if _ready(warehouse)["reason"] != _NO_TAG:
            raise SandboxError(f"the discovery failed{_last_words(warehouse)}")
        console.print(f"Warehouse {name}: {_ready(warehouse)['message']}", markup=False)
        return None
    newest = status["discoveredArtifacts"]["images"][0]["references"]
    if tag not in [reference["tag"] for reference in newest]:
        console.print(f"Warehouse {name} does not select {tag}: its newest tag is {newest[0]['tag']}", markup=False)
        return None
    if newest[0]["digest"] != digest:
        console.print(f"no Freight of {tag}: {newest[0]['tag']} is newer", markup=False)
        return None

    def made() -> list[dict[str, Any]]:
        return [f for f in deployed.all("Freight") if (tag, digest) in [(i["tag"], i["digest"]) for i in f["images"]]]

    # Kargo reports the discovery before it creates Freight from it.
    processes.eventually(lambda: bool(made()), f"Freight of {tag}", _SECONDS)
    return made()[0]


def _show_stage(layout: Layout, deployed: Deployed, stage: dict[str, Any], freight: dict[str, Any]) -> None:
    name = stage["metadata"]["name"]
    if not automatic(stage, deployed.all("ProjectConfig")):
        console.print(f"Stage {name}: no auto-promotion; run: make promote STAGE={name}", markup=False)
        return
    if (deployed.again(stage).get("status") or {}).get("autoPromotionHolds"):
        console.print(f"Stage {name}: a Promotion of older Freight holds it; to resume, run: make promote STAGE={name}")
        return

    def made() -> list[dict[str, Any]]:
        wanted = {"stage": name, "freight": freight["metadata"]["name"]}
        return [p for p in deployed.all("Promotion") if wanted.items() <= p["spec"].items()]

    processes.eventually(lambda: bool(made()), f"a Promotion of Stage {name}", _SECONDS)
    follow(layout, deployed, made()[-1])


def _ready(warehouse: dict[str, Any]) -> dict[str, str]:
    """Return the condition Ready."""
    return {"status": "Unknown", "reason": "", "message": "", **(find(warehouse, "Ready") or {})}


def _has_failed(warehouse: dict[str, Any]) -> bool:
    """Return whether a discovery has failed since the push. An image without tags is an error from before the push."""
    ready = _ready(warehouse)
    return ready["status"] == "False" and ready["reason"] not in _UNDER_WAY and _NO_SUCH_IMAGE not in ready["message"]


def _asked(warehouse: dict[str, Any]) -> str:
    """Return the last refresh that was requested."""
    return str((warehouse["metadata"].get("annotations") or {}).get(REFRESH, ""))


def _last_words(warehouse: dict[str, Any]) -> str:
    message = _ready(warehouse)["message"]
    return f"; Warehouse {warehouse['metadata']['name']}: {message}" if message else ""


def _package(delivery: dict[str, Any]) -> dict[str, Any]:
    package: dict[str, Any] = (delivery["body"] or {}).get("package") or {}
    return package


def _show(delivery: dict[str, Any]) -> None:
    package, answer = _package(delivery), delivery["answer"]
    event = delivery["headers"].get("X-Gitea-Event", "no event")
    what = f"{event} {delivery['body'].get('action')}: {package.get('name')} {package.get('version')}"
    results = [f"{result['summary']}{_targets(result)}" for result in answer.get("results", [])] or [str(answer)]
    console.print(f"delivery: {what} -> {delivery['status']}, {'; '.join(results)}", markup=False)


def _targets(result: dict[str, Any]) -> str:
    names = [target["name"] for target in result.get("selectedTargets", [])]
    return f" (Warehouse {', '.join(names)})" if names else ""
