"""The webhooks in the sandbox's Gitea, and the Kargo project of each."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from sandbox.names import KARGO
from sandbox.real.kubernetes_api import client
from sandbox.real.objects import Objects


def project_of(hook: dict[str, Any], kubeconfig: Path) -> str | None:
    """Return the Kargo project of a webhook; None if it has none.

    Before Gitea 1.26 webhooks have no names. There a webhook belongs to the project with a receiver at its URL.
    """
    if "name" in hook:
        named = re.match(r"Kargo ([^/]+)/", hook["name"])
        return named[1] if named else None
    path = urlsplit(hook["config"]["url"]).path
    for config in Objects(client(kubeconfig)).all(KARGO, "ProjectConfig"):
        receivers = (config.get("status") or {}).get("webhookReceivers") or []
        if path in [receiver["path"] for receiver in receivers]:
            return str(config["metadata"]["name"])
    return None


def forget_hooks(api: httpx.Client, kubeconfig: Path, project: str) -> None:
    """Delete the signed-in user's webhooks of the projects whose names begin with `project`."""
    for hook in api.get("/user/hooks", params={"limit": 50}).raise_for_status().json():
        if (project_of(hook, kubeconfig) or "").startswith(project):
            api.delete(f"/user/hooks/{hook['id']}").raise_for_status()
