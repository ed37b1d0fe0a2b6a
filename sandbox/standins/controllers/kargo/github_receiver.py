"""The `github` receiver of Kargo 1.11 (pkg/webhook/external/github.go), without the events of packages."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.standins.controllers.kargo.gitea_receiver import GiteaReceiver

_PONG = {"msg": "ping event received, webhook is configured correctly"}


class GitHubReceiver(GiteaReceiver):
    """One receiver; its arguments are those that a `gitea` receiver has."""

    def handle(self, headers: Mapping[str, str], raw: bytes) -> tuple[int, dict[str, Any]]:
        """Return the status code and the body of Kargo's response."""
        event = headers.get("X-GitHub-Event")
        if event in ("package", "registry_package"):
            return 501, {"error": f"the stand-in does not imitate {event}"}
        if event not in ("ping", "pull_request", "push"):
            return 400, {"error": f"event type {event or ''} is not supported"}
        if not headers.get("X-Hub-Signature-256"):
            return 401, {"error": "missing signature"}
        if not self.is_signed(headers, raw):
            return 401, {"error": "unauthorized"}
        return (200, _PONG) if event == "ping" else self.handle_signed(event, json.loads(raw))
