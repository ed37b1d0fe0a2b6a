"""The controller of Stages: one Promotion at a time, its result, and auto-promotion (pkg/controller/stages).

Promoted Freight is verified at once if the Stage has no `verification`. Otherwise the verification ends with an error,
as in Kargo without Argo Rollouts, and the Freight goes to no downstream Stage.
"""

from typing import Any

from sandbox.names import HOLD, RESUME
from sandbox.real.objects import Objects
from sandbox.standins.controllers.conditions import condition, now
from sandbox.standins.controllers.kargo.freight import available, collection, key, newest
from sandbox.standins.controllers.kargo.imitated import only
from sandbox.standins.controllers.kargo.promotion import TERMINAL, Listed, new_promotion, phase

# Kargo's own message, also if the cluster lacks the CRDs of Argo Rollouts.
NO_ROLLOUTS = "Rollouts integration is disabled on this controller: cannot start verification"


class Stages:
    """Reconciles Stages.

    Args:
        objects: the cluster.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def reconcile(
        self, stage: dict[str, Any], promotions: Listed, freight: Listed, tasks: Listed, automatic: bool
    ) -> str | None:
        """Report the status of a Stage, start a due auto-promotion, and return the Promotion that may run now.

        Args:
            stage: the Stage.
            promotions: its Promotions, ordered by name, which is the order of their creation.
            freight: the project's Freight.
            tasks: the project's PromotionTasks.
            automatic: whether auto-promotion is enabled.
        """
        current = next((p for p in promotions if phase(p) == "Running"), None)
        current = current or next((p for p in promotions if phase(p) not in TERMINAL), None)
        status = self._outcomes(stage, promotions, freight)
        status["autoPromotionEnabled"] = automatic
        status["currentPromotion"] = {"name": current["metadata"]["name"]} if current else None
        status["autoPromotionHolds"] = _holds(promotions) if automatic else None
        try:
            only(("requestedFreight", "promotionTemplate", "verification"), stage["spec"], "a Stage")
            if automatic and not current and not status["autoPromotionHolds"]:
                known = {**stage, "status": {**(stage.get("status") or {}), **status}}
                self._promote(known, promotions, freight, tasks)
            conditions = _conditions(stage, status)
        except ValueError as error:
            conditions = [condition(stage, "Ready", "False", "NotImitated", f"stand-in: {error}")]
        self._objects.report(stage, {**status, "conditions": conditions})
        return current["metadata"]["name"] if current else None

    def _outcomes(self, stage: dict[str, Any], promotions: Listed, freight: Listed) -> dict[str, Any]:
        """Return the changes of status from Promotions that have ended, and mark the Freight of the successful ones."""
        old = stage.get("status") or {}
        last = (old.get("lastPromotion") or {}).get("name", "")
        status: dict[str, Any] = {}
        for promotion in promotions:
            name, ended = promotion["metadata"]["name"], promotion.get("status") or {}
            if phase(promotion) not in TERMINAL or name <= last:
                continue
            known = {"freight": ended.get("freight"), "finishedAt": ended.get("finishedAt")}
            status["lastPromotion"] = {"name": name, "status": ended, **known}
            piece = next((f for f in freight if f["metadata"]["name"] == promotion["spec"]["freight"]), None)
            if phase(promotion) == "Succeeded" and piece:
                ended_as = {"phase": "Error", "message": NO_ROLLOUTS} if _verifies(stage) else {"phase": "Successful"}
                verified = {"id": name, **ended_as, "startTime": now(), "finishTime": now()}
                entry = {**collection(piece), "verificationHistory": [verified]}
                status["freightHistory"] = [entry, *(status.get("freightHistory") or old.get("freightHistory") or [])][
                    :10
                ]
                self._mark(stage, piece, freight)
            status["health"] = {"status": "Healthy" if phase(promotion) == "Succeeded" else "Unknown"}
        return status

    def _mark(self, stage: dict[str, Any], piece: dict[str, Any], freight: Listed) -> None:
        name = stage["metadata"]["name"]
        for other in freight:
            if other is not piece and name in ((other.get("status") or {}).get("currentlyIn") or {}):
                self._objects.report(other, {"currentlyIn": {name: None}})
        verified = {} if _verifies(stage) else {"verifiedIn": {name: {"verifiedAt": now()}}}
        self._objects.report(piece, {"currentlyIn": {name: {"since": now()}}, **verified})

    def _promote(self, stage: dict[str, Any], promotions: Listed, freight: Listed, tasks: Listed) -> None:
        """Promote the newest available Freight, unless the Stage has it or its last Promotion did not succeed."""
        piece = newest([f for f in freight if available(stage, f)])
        if piece is None:
            return
        name = piece["metadata"]["name"]
        history = stage["status"].get("freightHistory") or [{"items": {}}]
        there = (history[0]["items"].get(key(piece["origin"])) or {}).get("name")
        tried = [p for p in promotions if p["spec"]["freight"] == name]
        if there == name or (tried and phase(tried[-1]) != "Succeeded"):
            return
        self._objects.create(new_promotion(stage, piece, tasks, "controller:stand-in"))


def _verifies(stage: dict[str, Any]) -> bool:
    return "verification" in stage["spec"]


def _conditions(stage: dict[str, Any], status: dict[str, Any]) -> Listed:
    """Return the conditions of a Stage: not Ready and not Verified if the verification of its Freight has failed."""
    history = status.get("freightHistory") or (stage.get("status") or {}).get("freightHistory") or []
    if history and history[0]["verificationHistory"][0]["phase"] == "Error":
        return [condition(stage, kind, "False", "VerificationError", NO_ROLLOUTS) for kind in ("Ready", "Verified")]
    return [condition(stage, "Ready", "True", "Synced", "stand-in: no health was checked")]


def _holds(promotions: Listed) -> dict[str, Any] | None:
    """Return the hold of the last manual Promotion, if that promoted older Freight."""
    asked = [p for p in promotions if {HOLD, RESUME} & set(p["metadata"].get("annotations") or {})]
    key = asked[-1]["metadata"]["annotations"].get(HOLD) if asked else None
    if not key:
        return None
    kind, _, name = key.partition("/")
    known = {"freightName": asked[-1]["spec"]["freight"], "promotionName": asked[-1]["metadata"]["name"]}
    return {key: {**known, "origin": {"kind": kind, "name": name}}}


def automatic(stage: dict[str, Any], configs: Listed) -> bool:
    """Return whether the project's first policy for a Stage enables auto-promotion. Names match exactly."""
    for config in configs:
        for policy in config["spec"].get("promotionPolicies") or []:
            if policy["stageSelector"]["name"] == stage["metadata"]["name"]:
                return bool(policy.get("autoPromotionEnabled"))
    return False


def intent(stage: dict[str, Any], freight: dict[str, Any], known: Listed) -> dict[str, str]:
    """Return the annotation of a manual Promotion: older Freight holds auto-promotion, the newest resumes it."""
    candidate = newest([f for f in known if available(stage, f)])
    name = candidate["metadata"]["name"] if candidate else ""
    return {RESUME if name == freight["metadata"]["name"] else HOLD: key(freight["origin"])}
