"""The status of a ProjectConfig in Kargo 1.11, as a pure function of the cluster's objects.

It is independent of the program, so a test can compare the paths that both derive.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from sandbox.names import REFRESH

SecretReader = Callable[[str, str], dict[str, str] | None]


def project_config_status(
    live: dict[str, Any], secret: SecretReader, base_url: str
) -> tuple[dict[str, Any], str | None]:
    """Return the status of a ProjectConfig, and the problem with it; None without a problem.

    Kargo derives the paths again only if the refresh annotation or the spec changes: it does not watch Secrets.

    Args:
        live: the ProjectConfig.
        secret: returns the data of a Secret by namespace and name.
        base_url: base URL of the webhooks server.
    """
    status = live.get("status") or {}
    token = (live["metadata"].get("annotations") or {}).get(REFRESH, "")
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
