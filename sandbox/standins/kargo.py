"""What Kargo 1.11 does with ProjectConfigs and generic webhooks, as pure functions over a cluster's objects.

Written independently of the program: that both derive the same path is a check, not a tautology.
"""

import json
import subprocess
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

KARGO = "kargo.akuity.io/v1alpha1"

SecretReader = Callable[[str, str], dict[str, str] | None]


def project_config_status(
    live: dict[str, Any], secret: SecretReader, base_url: str
) -> tuple[dict[str, Any], str | None]:
    """Return the status of a ProjectConfig, and what is wrong with it.

    The paths are derived again only when the refresh annotation or the spec changes: Kargo does not watch Secrets.

    Args:
        live: the ProjectConfig.
        secret: reads a Secret's data by namespace and name.
        base_url: base URL of the webhooks server.
    """
    status = live.get("status") or {}
    token = (live["metadata"].get("annotations") or {}).get("kargo.akuity.io/refresh", "")
    generation = live["metadata"]["generation"]
    if status.get("lastHandledRefresh", "") == token and status.get("observedGeneration") == generation:
        return {}, None
    namespace = live["metadata"]["namespace"]
    receivers = []
    for receiver in live["spec"].get("webhookReceivers") or []:
        (kind, settings), *_ = ((key, value) for key, value in receiver.items() if key != "name")
        data = secret(namespace, settings["secretRef"]["name"])
        if not data or "secret" not in data:
            return {}, f"receiver {receiver['name']} has no secret"
        digest = sha256((namespace + receiver["name"] + data["secret"]).encode()).hexdigest()
        parts = urlsplit(base_url)
        path = f"{parts.path}/{kind}/{digest}"
        receivers.append({"name": receiver["name"], "path": path, "url": f"{parts.scheme}://{parts.netloc}{path}"})
    return {"webhookReceivers": receivers, "lastHandledRefresh": token, "observedGeneration": generation}, None


class WhenExpressions:
    """Evaluates `whenExpression`s with Kargo's own engine, in a small Go program that stays running.

    Args:
        program: path of `whenexpr`.
    """

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def matches(self, expression: str, headers: Mapping[str, str], body: Any) -> bool:
        """Return whether the expression is true for a request.

        Raises:
            ValueError: with the engine's message, where Kargo would answer 500.
        """
        assert self._process.stdin
        assert self._process.stdout
        json.dump({"expression": expression, "headers": dict(headers), "body": body}, self._process.stdin)
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if answer.get("error"):
            raise ValueError(answer["error"])
        return bool(answer["matched"])

    def close(self) -> None:
        """End the program."""
        self._process.communicate()


def handle_generic(
    actions: list[dict[str, Any]],
    headers: Mapping[str, str],
    body: Any,
    expressions: WhenExpressions,
    refresh: Callable[[str], bool],
) -> tuple[int, dict[str, Any]]:
    """Return status code and body with which Kargo's generic receiver answers (`results[]`).

    Args:
        actions: the receiver's actions.
        headers: the request's headers.
        body: its parsed body.
        expressions: the engine.
        refresh: refreshes a Warehouse by name and tells whether it is there.
    """
    results = []
    failed = False
    for action in actions:
        result: dict[str, Any] = {**action, "matchedWhenExpression": False}
        try:
            matched = expressions.matches(action["whenExpression"], headers, body)
        except ValueError:
            failed = True
            results.append({**result, "result": "Error", "summary": "Error evaluating whenExpression"})
            continue
        if not matched:
            results.append({**result, "result": "NotApplicable", "summary": "Request did not match whenExpression"})
            continue
        names = [target["name"] for target in action["targetSelectionCriteria"]]
        targets = [{"name": name, "success": True} for name in names if refresh(name)]
        result |= {"matchedWhenExpression": True, "selectedTargets": targets, "result": "Success"}
        results.append({**result, "summary": f"Refreshed {len(targets)} of {len(targets)} selected resources"})
    return (500 if failed else 200), {"results": results}
