"""The `gitea` receiver of Kargo 1.11 (pkg/webhook/external/gitea.go)."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any


class GiteaReceiver:
    """One receiver.

    Args:
        secret: secret with which Gitea signs.
        promotions: returns the project's Promotions.
        refresh: refreshes an object, and returns whether that succeeded.
    """

    def __init__(
        self, secret: str, promotions: Callable[[], list[dict[str, Any]]], refresh: Callable[[dict[str, Any]], bool]
    ) -> None:
        self._secret = secret
        self._promotions = promotions
        self._refresh = refresh

    def handle(self, headers: Mapping[str, str], raw: bytes) -> tuple[int, dict[str, Any]]:
        """Return the status code and the body of Kargo's response."""
        event = headers.get("X-Gitea-Event")
        if event not in ("push", "pull_request"):
            return 501, {"error": f"event type {event or ''} is not supported"}
        if not self.is_signed(headers, raw):
            return 401, {"error": "unauthorized"}
        return self.handle_signed(event, json.loads(raw))

    def is_signed(self, headers: Mapping[str, str], raw: bytes) -> bool:
        """Return whether the sender has signed the content with the secret."""
        signature = hmac.new(self._secret.encode(), raw, hashlib.sha256).hexdigest()
        return hmac.compare_digest(signature, headers.get("X-Hub-Signature-256", "").removeprefix("sha256="))

    def handle_signed(self, event: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return the response to a `push` or `pull_request` event."""
        if event == "push":
            # No Warehouse of this project subscribes to a Git repository.
            return 200, {"msg": "refreshed 0 warehouse(s)"}
        if body["action"] != "closed":
            return 200, {}
        waiting = [p for p in self._promotions() if _waits_for(p, body["pull_request"]["html_url"])]
        refreshed = [self._refresh(promotion) for promotion in waiting]
        if not all(refreshed):
            failed = f"failed to refresh {refreshed.count(False)} of {len(waiting)} promotion(s)"
            return 500, {"error": failed}
        return 200, {"msg": f"refreshed {len(waiting)} promotion(s)"}


def _waits_for(promotion: dict[str, Any], url: str) -> bool:
    status = promotion.get("status") or {}
    state = status.get("state") or {}
    waits = [step["as"] for step in promotion["spec"]["steps"] if step["uses"] == "git-wait-for-pr"]
    return status.get("phase") == "Running" and any(state.get(w, {}).get("pr", {}).get("url") == url for w in waits)
