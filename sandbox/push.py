"""`make push`: an image goes to Gitea, its webhook arrives, and what Kargo makes of it is shown up to the commit."""

import json
from pathlib import Path
from typing import Any

from sandbox import processes
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


def push(layout: Layout, pipeline: str, tag: str, platforms: int) -> None:
    """Push `tag` of the image that the pipeline's Warehouse subscribes to, and show what follows.

    Raises:
        SandboxError: if the pipeline is not deployed, or something does not follow in time.
    """
    deployed = Deployed(layout)
    if pipeline not in deployed.warehouses:
        names = ", ".join(sorted(deployed.warehouses))
        raise SandboxError(f"no Warehouse '{pipeline}'; PIPELINE may be: {names}" if names else "run: make up")
    warehouse = deployed.warehouses[pipeline]
    subscription = next(entry["image"] for entry in warehouse["spec"]["subscriptions"] if "image" in entry)
    host, _, repository = subscription["repoURL"].partition("/")
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
    """Show what Gitea has delivered since; only the stand-in keeps a record of that."""

    def new() -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted(set(layout.deliveries.glob("*.json")) - before)]

    def arrived() -> bool:
        return any(_package(delivery).get("version") == tag for delivery in new())

    processes.eventually(arrived, f"a delivery for {tag}", _SECONDS)
    for delivery in new():
        _show(delivery)


def _freight(deployed: Deployed, warehouse: dict[str, Any], tag: str, digest: str, since: str) -> dict[str, Any] | None:
    """Return the Freight of the pushed image, once the Warehouse has looked; None with the reason shown, if none is."""
    name = warehouse["metadata"]["name"]

    def looked() -> bool:
        nonlocal warehouse
        warehouse = deployed.again(warehouse)
        status, annotations = warehouse.get("status") or {}, warehouse["metadata"].get("annotations") or {}
        found = (status.get("discoveredArtifacts") or {}).get("discoveredAt", "")
        asked = annotations.get(REFRESH, "")
        return (
            asked >= since and status.get("lastHandledRefresh") == asked and (found >= since or not _ready(warehouse))
        )

    processes.eventually(looked, f"Warehouse {name}'s look at the registry", _SECONDS)
    status = warehouse["status"]
    if not _ready(warehouse):
        console.print(f"Warehouse {name}: {(find(warehouse, 'Ready') or {}).get('message')}", markup=False)
        return None
    newest = status["discoveredArtifacts"]["images"][0]["references"]
    if tag not in [reference["tag"] for reference in newest]:
        console.print(f"Warehouse {name} does not take {tag}: its rules let {newest[0]['tag']} be newest", markup=False)
        return None
    if newest[0]["digest"] != digest:
        console.print(f"no Freight of {tag}: {newest[0]['tag']} is newer", markup=False)
        return None

    def made() -> list[dict[str, Any]]:
        return [f for f in deployed.all("Freight") if (tag, digest) in [(i["tag"], i["digest"]) for i in f["images"]]]

    # Kargo reports what it has discovered before it makes Freight of that.
    processes.eventually(lambda: bool(made()), f"Freight of {tag}", _SECONDS)
    return made()[0]


def _show_stage(layout: Layout, deployed: Deployed, stage: dict[str, Any], freight: dict[str, Any]) -> None:
    name = stage["metadata"]["name"]
    if not automatic(stage, deployed.all("ProjectConfig")):
        console.print(f"Stage {name}: promoted by hand: make promote STAGE={name}", markup=False)
        return
    if (deployed.again(stage).get("status") or {}).get("autoPromotionHolds"):
        console.print(f"Stage {name}: held by a Promotion of older Freight; make promote STAGE={name} lets it go on")
        return

    def made() -> list[dict[str, Any]]:
        wanted = {"stage": name, "freight": freight["metadata"]["name"]}
        return [p for p in deployed.all("Promotion") if wanted.items() <= p["spec"].items()]

    processes.eventually(lambda: bool(made()), f"a Promotion of Stage {name}", _SECONDS)
    follow(layout, deployed, made()[-1])


def _ready(warehouse: dict[str, Any]) -> bool:
    return (find(warehouse, "Ready") or {}).get("status") == "True"


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
