"""The `generic` receiver of Kargo 1.11 (pkg/webhook/external: generic_actions.go, list.go)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.standins.controllers.kargo.imitated import only
from sandbox.standins.controllers.kargo.libraries import Libraries
from sandbox.standins.controllers.kargo.promotion import Listed


@dataclass(frozen=True)
class GenericReceiver:
    """The actions of one receiver.

    Args:
        actions: `actions` of the receiver.
        libraries: Kargo's libraries, which evaluate expressions.
        warehouses: returns the project's Warehouses.
        refresh: refreshes an object, and returns whether that succeeded.
    """

    actions: Listed
    libraries: Libraries
    warehouses: Callable[[], Listed]
    refresh: Callable[[dict[str, Any]], bool]

    def handle(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return the status code and the body of Kargo's response to a request with `headers` and `body`."""
        results = [self._act(action, request) for action in self.actions]
        failed = any(result["result"] in ("Error", "Failure", "PartialSuccess") for result in results)
        return (500 if failed else 200), {"results": results}

    def _act(self, action: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
        result = {**action, "matchedWhenExpression": False}
        try:
            if not self.libraries.ask("when", expression=action["whenExpression"], request=request):
                return {**result, "result": "NotApplicable", "summary": "Request did not match whenExpression"}
        except ValueError:
            return {**result, "result": "Error", "summary": "Error evaluating whenExpression"}
        result["matchedWhenExpression"] = True
        try:
            criteria = action["targetSelectionCriteria"]
            selected = [target for entry in criteria for target in self._select(entry, request)]
        except ValueError:
            return {**result, "result": "Error", "summary": "Error evaluating targetSelectionCriteria"}
        targets = [
            {"namespace": t["metadata"]["namespace"], "name": t["metadata"]["name"], "success": self.refresh(t)}
            for t in selected
        ]
        if targets:
            result["selectedTargets"] = targets
        refreshed = sum(target["success"] for target in targets)
        outcome = "Success" if refreshed == len(targets) else "PartialSuccess" if refreshed else "Failure"
        summary = f"Refreshed {refreshed} of {len(targets)} selected resources"
        return {**result, "result": outcome, "summary": summary}

    def _select(self, criteria: dict[str, Any], request: dict[str, Any]) -> Listed:
        """Return the Warehouses that subscribe to the image in the index of one entry.

        Raises:
            ValueError: if Kargo cannot evaluate the entry, or the stand-in does not imitate it.
        """
        only(("kind", "indexSelector"), criteria, "targetSelectionCriteria")
        [index] = criteria["indexSelector"]["matchIndices"]
        # Kargo's cache finds exact matches only. `Equal` passes admission, but finds nothing.
        if (criteria["kind"], index["key"], index["operator"]) != ("Warehouse", "subscribedURLs", "Equals"):
            raise ValueError(f"unsupported: {criteria['kind']} {index['key']} {index['operator']}")
        wanted = self.libraries.ask("text", template=index["value"], request=request)
        return [
            warehouse
            for warehouse in self.warehouses()
            if any(
                self.libraries.normalized("image", subscription["image"]["repoURL"]) == wanted
                for subscription in warehouse["spec"]["subscriptions"]
            )
        ]
