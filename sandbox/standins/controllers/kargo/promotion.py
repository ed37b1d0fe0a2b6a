"""The Promotion of Freight to a Stage, completed as by Kargo's admission (pkg/webhook/kubernetes/promotion)."""

import time
from typing import Any

from sandbox.names import ACTOR, KARGO, STAGE
from sandbox.standins.controllers.kargo.imitated import NotImitatedError, only

# Between the alias of a task and the alias of its step.
TASK = "::"
_KEYS = ("uses", "as", "if", "config", "continueOnError", "retry", "vars")
TERMINAL = ("Succeeded", "Failed", "Errored", "Aborted")


Listed = list[dict[str, Any]]


def new_promotion(
    stage: dict[str, Any], freight: dict[str, Any], tasks: Listed, actor: str, **intent: str
) -> dict[str, Any]:
    """Return a Promotion.

    Like Kargo's admission, the function copies the steps of the Stage and replaces each task by its steps. A later
    change of the Stage or the task does not change the Promotion. The name contains the time: Kargo sorts by name.

    Args:
        stage: the Stage.
        freight: the Freight.
        tasks: the project's PromotionTasks.
        actor: creator of the Promotion.
        intent: more annotations, such as a hold.

    Raises:
        NotImitatedError: if a task is missing, or a step has keys that this project does not write.
    """
    steps = stage["spec"]["promotionTemplate"]["spec"]["steps"]
    name, namespace = stage["metadata"]["name"], stage["metadata"]["namespace"]
    owner = {"apiVersion": KARGO, "kind": "Stage", "name": name, "uid": stage["metadata"]["uid"], "controller": True}
    return {
        "apiVersion": KARGO,
        "kind": "Promotion",
        "metadata": {
            "name": f"{name}.{time.time_ns():019}.{freight['metadata']['name'][:7]}",
            "namespace": namespace,
            "labels": {STAGE: name},
            "annotations": {STAGE: name, ACTOR: actor, **intent},
            "ownerReferences": [owner],
        },
        "spec": {
            "stage": name,
            "freight": freight["metadata"]["name"],
            "steps": [opened for i, step in enumerate(steps) for opened in _opened(i, step, tasks)],
        },
    }


def phase(promotion: dict[str, Any]) -> str:
    """Return the phase. A new Promotion is Pending."""
    return str((promotion.get("status") or {}).get("phase") or "Pending")


def _opened(index: int, step: dict[str, Any], tasks: Listed) -> Listed:
    """Return a step with its alias, or the steps of its task, each with the alias of the task and its own."""
    alias = step.get("as", f"step-{index + 1}")
    if "task" not in step:
        only(_KEYS, step, f"step {alias}")
        return [{**step, "as": alias}]
    only(("as", "task", "vars"), step, f"step {alias}")
    only(("name",), step["task"], f"the task of step {alias}")
    steps: Listed = next((t["spec"]["steps"] for t in tasks if t["metadata"]["name"] == step["task"]["name"]), [])
    if not steps:
        raise NotImitatedError(f"a missing PromotionTask: {step['task']['name']}")
    return [{**inner, "as": f"{alias}{TASK}{inner['as']}", "vars": step.get("vars") or []} for inner in steps]
