"""The Promotion of Freight to a Stage, as Kargo's admission completes it (pkg/webhook/kubernetes/promotion)."""

import time
from typing import Any

from sandbox.names import ACTOR, KARGO, STAGE
from sandbox.standins.controllers.kargo.imitated import NotImitatedError, only

TERMINAL = ("Succeeded", "Failed", "Errored", "Aborted")


def new_promotion(stage: dict[str, Any], freight: dict[str, Any], actor: str, **intent: str) -> dict[str, Any]:
    """Return a Promotion.

    Its steps are copied from the Stage, since real Kargo does that and the sandbox has no admission; a later change of
    the Stage does not alter a Promotion. Names are in the order of time: that is how Kargo sorts them.

    Args:
        stage: the Stage.
        freight: what is promoted.
        actor: who asked for it.
        intent: more annotations, such as a hold.

    Raises:
        NotImitatedError: if a step is a task.
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
            "steps": [_complete(i, step) for i, step in enumerate(steps)],
        },
    }


def phase(promotion: dict[str, Any]) -> str:
    """Return the phase; one that is new is Pending."""
    return str((promotion.get("status") or {}).get("phase") or "Pending")


def _complete(index: int, step: dict[str, Any]) -> dict[str, Any]:
    if "uses" not in step:
        raise NotImitatedError("a step that is a task")
    only(("uses", "as", "if", "config"), step, f"step {index + 1}")
    return {"as": f"step-{index + 1}", **step}
