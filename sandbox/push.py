"""`make push`: an image goes to Gitea, its webhook arrives, and the sandbox says what Kargo would do with it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes.client.exceptions import ApiException

from sandbox import processes
from sandbox.layout import Layout
from sandbox.progress import SandboxError, console
from sandbox.real import gitea, kubernetes_api
from sandbox.real.images import Registry
from sandbox.standins.controllers.kargo import KARGO

_SECONDS = 15


@dataclass(frozen=True)
class _Deployed:
    """What of the project is deployed, as the cluster has it."""

    warehouses: dict[str, dict[str, Any]]
    stages: list[dict[str, Any]]
    tasks: dict[str, dict[str, Any]]
    policies: list[dict[str, Any]]


def push(layout: Layout, pipeline: str, tag: str, platforms: int) -> None:
    """Push `tag` of the image that the pipeline's Warehouse subscribes to, and show each delivery.

    Raises:
        SandboxError: if the pipeline is not deployed, or the delivery does not arrive.
    """
    deployed = _deployed(layout)
    if pipeline not in deployed.warehouses:
        names = ", ".join(sorted(deployed.warehouses))
        raise SandboxError(f"no Warehouse '{pipeline}'; PIPELINE may be: {names}" if names else "run: make up")
    subscriptions = deployed.warehouses[pipeline]["spec"]["subscriptions"]
    subscription = next(entry["image"] for entry in subscriptions if "image" in entry)
    host, _, repository = subscription["repoURL"].partition("/")
    before = set(layout.deliveries.glob("*.json"))
    Registry(host, gitea.OWNER, layout.secret("gitea-password"), str(layout.ca)).push(repository, tag, platforms)
    console.print(f"pushed {subscription['repoURL']}:{tag}", markup=False)

    def new() -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in _new_files(layout.deliveries, before)]

    def arrived() -> bool:
        return any(_package(delivery).get("version") == tag for delivery in new())

    processes.eventually(arrived, f"a delivery for {tag}", _SECONDS)
    for delivery in new():
        _show(delivery)
    _foretell(deployed, pipeline, subscription, tag)


def _foretell(deployed: _Deployed, pipeline: str, subscription: dict[str, Any], tag: str) -> None:
    """Say what Kargo would do with the tag."""
    regexes = subscription.get("allowTagsRegexes") or [""]
    if not any(re.search(regex, tag) for regex in regexes):
        text = f"Kargo would refresh Warehouse '{pipeline}' and ignore {tag}: no allowTagsRegexes matches"
        console.print(text, markup=False)
        return
    console.print(
        f"Kargo would make Freight of {tag} in Warehouse '{pipeline}', if no newer tag is there", markup=False
    )
    for stage in deployed.stages:
        if pipeline not in [freight["origin"]["name"] for freight in stage["spec"]["requestedFreight"]]:
            continue
        name = stage["metadata"]["name"]
        by = "by itself" if _promotes_itself(deployed.policies, name) else "when somebody promotes it"
        for config in _updates(deployed, stage):
            keys = ", ".join(update["key"] for update in config["updates"])
            file = Path(config["path"]).relative_to(Path(config["path"]).parts[0])
            console.print(f"  Stage '{name}': {by} commits {keys} in {file}", markup=False)


def _updates(deployed: _Deployed, stage: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the configuration of the first `json-update` of a Stage's steps, or of the task that one of them is."""
    for step in (stage["spec"].get("promotionTemplate") or {}).get("spec", {}).get("steps") or []:
        steps = [step]
        if task := (step.get("task") or {}).get("name"):
            steps = deployed.tasks.get(task, {}).get("spec", {}).get("steps") or []
        found = [inner["config"] for inner in steps if inner.get("uses") == "json-update"]
        if found:
            # A task may try several times; what it commits is the same.
            return found[:1]
    return []


def _promotes_itself(policies: list[dict[str, Any]], stage: str) -> bool:
    return any(
        policy.get("autoPromotionEnabled") and (policy.get("stageSelector") or {}).get("name") == stage
        for policy in policies
    )


def _deployed(layout: Layout) -> _Deployed:
    try:
        api = kubernetes_api.client(layout.kubeconfig)
        warehouses, stages, configs = (
            api.resources.get(api_version=KARGO, kind=kind).get().to_dict()["items"]
            for kind in ("Warehouse", "Stage", "ProjectConfig")
        )
        found = api.resources.search(api_version=KARGO, kind="PromotionTask")
        tasks = found[0].get().to_dict()["items"] if found else []
    except (ApiException, OSError):
        raise SandboxError("the sandbox does not run; start it with: make up") from None
    return _Deployed(
        {warehouse["metadata"]["name"]: warehouse for warehouse in warehouses},
        stages,
        {task["metadata"]["name"]: task for task in tasks},
        [policy for config in configs for policy in config["spec"].get("promotionPolicies") or []],
    )


def _new_files(folder: Path, before: set[Path]) -> list[Path]:
    return sorted(set(folder.glob("*.json")) - before)


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
