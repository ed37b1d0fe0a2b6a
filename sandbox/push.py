"""`make push`: an image goes to Gitea, its webhook arrives, and the sandbox says what Kargo would do with it."""

import json
import re
from pathlib import Path
from typing import Any

from kubernetes.client.exceptions import ApiException

from sandbox import gitea, kubernetes_api, processes
from sandbox.images import Registry
from sandbox.layout import Layout
from sandbox.progress import SandboxError, console
from sandbox.standins.kargo import KARGO

_SECONDS = 15


def push(layout: Layout, tag: str, platforms: int) -> None:
    """Push `tag` of the image that the deployed Warehouse subscribes to, and show each delivery.

    Raises:
        SandboxError: if the stack is not deployed, or the delivery does not arrive.
    """
    warehouse, stages, policies = _pipeline(layout)
    subscription = warehouse["spec"]["subscriptions"][0]["image"]
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
    matches = [regex for regex in subscription["allowTagsRegexes"] if re.search(regex, tag)]
    name = warehouse["metadata"]["name"]
    if not matches:
        console.print(
            f"Kargo would refresh Warehouse '{name}' and ignore {tag}: no allowTagsRegexes matches", markup=False
        )
        return
    console.print(f"Kargo would make Freight of {tag} in Warehouse '{name}', if no newer tag is there", markup=False)
    for stage in stages:
        update = stage["spec"]["promotionTemplate"]["spec"]["steps"][1]["config"]
        by = "by itself" if stage["metadata"]["name"] in policies else "when somebody promotes it"
        file = update["path"].removeprefix("./gitops/")
        console.print(
            f"  Stage '{stage['metadata']['name']}': {by} commits {update['updates'][0]['key']} in {file}", markup=False
        )


def _pipeline(layout: Layout) -> tuple[dict[str, Any], list[dict[str, Any]], set[str]]:
    try:
        api = kubernetes_api.client(layout.kubeconfig)
        warehouses, stages, configs = (
            api.resources.get(api_version=KARGO, kind=kind).get().to_dict()["items"]
            for kind in ("Warehouse", "Stage", "ProjectConfig")
        )
    except (ApiException, OSError):
        raise SandboxError("the sandbox does not run; start it with: make up") from None
    if not warehouses:
        raise SandboxError("nothing is deployed; run: make up")
    policies = {policy["stageSelector"]["name"] for config in configs for policy in config["spec"]["promotionPolicies"]}
    return warehouses[0], stages, policies


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
