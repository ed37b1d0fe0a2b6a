"""What Kargo 1.11's `generic` receiver does with a request (pkg/webhook/external: generic_actions.go, list.go)."""

from collections.abc import Callable
from typing import Any

from sandbox.standins.controllers.kargo.expressions import Environment, Expressions, Request

_NORMALIZE = {"git": "normalizeGit", "chart": "normalizeChart", "image": "normalizeImage"}

ObjectLister = Callable[[str], list[dict[str, Any]]]
Refresher = Callable[[dict[str, Any]], bool]


class GenericReceiver:
    """The actions of one receiver.

    Args:
        actions: the receiver's `actions`.
        expressions: the engine.
        objects: lists the project's objects of a kind.
        refresh: refreshes an object and tells whether that succeeded.
    """

    def __init__(
        self, actions: list[dict[str, Any]], expressions: Expressions, objects: ObjectLister, refresh: Refresher
    ) -> None:
        self._actions = actions
        self._expressions = expressions
        self._objects = objects
        self._refresh = refresh

    def handle(self, request: Request) -> tuple[int, dict[str, Any]]:
        """Return status code and body of Kargo's answer."""
        results = [self._act(action, request) for action in self._actions]
        failed = any(result["result"] in ("Error", "Failure", "PartialSuccess") for result in results)
        return (500 if failed else 200), {"results": results}

    def _act(self, action: dict[str, Any], request: Request) -> dict[str, Any]:
        environment = Environment(request, action.get("parameters") or {})
        result = {**action, "matchedWhenExpression": False}
        try:
            if not self._expressions.matches(action.get("whenExpression", ""), environment):
                return {**result, "result": "NotApplicable", "summary": "Request did not match whenExpression"}
        except ValueError:
            return {**result, "result": "Error", "summary": "Error evaluating whenExpression"}
        result["matchedWhenExpression"] = True
        try:
            criteria = action["targetSelectionCriteria"]
            selected = [target for entry in criteria for target in self._select(entry, environment)]
        except ValueError:
            return {**result, "result": "Error", "summary": "Error evaluating targetSelectionCriteria"}
        unique = {(t["metadata"]["namespace"], t["metadata"]["name"]): t for t in selected}
        targets = [
            {"namespace": namespace, "name": name, "success": self._refresh(target)}
            for (namespace, name), target in sorted(unique.items())
        ]
        if targets:
            result["selectedTargets"] = targets
        refreshed = sum(target["success"] for target in targets)
        outcome = "Success" if refreshed == len(targets) else "PartialSuccess" if refreshed else "Failure"
        summary = f"Refreshed {refreshed} of {len(targets)} selected resources"
        return {**result, "result": outcome, "summary": summary}

    def _select(self, criteria: dict[str, Any], environment: Environment) -> list[dict[str, Any]]:
        """Return the objects that meet all of one entry's criteria.

        Raises:
            ValueError: where Kargo cannot evaluate them.
        """
        if criteria["kind"] not in ("Warehouse", "Promotion"):
            raise ValueError(f"unsupported target kind: {criteria['kind']}")
        selected = self._objects(criteria["kind"])
        indices = (criteria.get("indexSelector") or {}).get("matchIndices") or []
        wanted = [self._index(entry, environment) for entry in indices]
        if wanted:
            # Kargo passes each as a list option of its own, and the last one replaces those before it.
            selected = [target for target in selected if wanted[-1] in self._subscribed(target)]
        labels = criteria.get("labelSelector") or {}
        if labels.get("matchExpressions"):
            raise ValueError("this stand-in knows labelSelector.matchLabels alone")
        for key, template in (labels.get("matchLabels") or {}).items():
            value = self._expressions.text(template, environment)
            selected = [t for t in selected if (t["metadata"].get("labels") or {}).get(key) == value]
        if name := criteria.get("name"):
            name = self._expressions.text(name, environment)
            selected = [target for target in selected if target["metadata"]["name"] == name]
        return selected

    def _index(self, entry: dict[str, Any], environment: Environment) -> str:
        value = self._expressions.text(entry["value"], environment)
        # The cache that Kargo reads from looks up exact matches only; `Equal`, which admission lets pass, is none.
        if entry["operator"] != "Equals" or entry["key"] != "subscribedURLs":
            raise ValueError(f"unsupported: {entry['key']} {entry['operator']}")
        return value

    def _subscribed(self, warehouse: dict[str, Any]) -> list[str]:
        """Return the index `subscribedURLs` of a Warehouse: the repositories that it subscribes to, normalized."""
        subscriptions = warehouse["spec"].get("subscriptions") or []
        return [
            self._expressions.normalized(function, subscription[kind]["repoURL"])
            for subscription in subscriptions
            for kind, function in _NORMALIZE.items()
            if (subscription.get(kind) or {}).get("repoURL")
        ]
