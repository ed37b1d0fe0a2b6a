"""The origin of a preview: commit and page of the workflow run, and the versions of Pulumi and its providers."""

import json
import os
from importlib.metadata import version
from pathlib import Path

from ops.markdown import code

# The stack pins the plugins of its providers to the versions of these packages.
_PROVIDERS = ("pulumi-kubernetes", "pulumi-azure-native")


def line(cli: str) -> str:
    """Return the origin as a line of Markdown; outside a workflow of GitHub or Gitea (1.26) only the versions.

    Args:
        cli: version of the Pulumi CLI.
    """
    server, repository, run, commit = (
        os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID", "SHA")
    )
    # Gitea's URL ends with a slash.
    page = f"{server.rstrip('/')}/{repository}"
    commit = _head() or commit
    parts = [
        *([f"Commit [{code(commit[:12])}]({page}/commit/{commit})"] if server and commit else []),
        *([f"[workflow run]({page}/actions/runs/{run})"] if server and run else []),
        f"pulumi {cli}",
        *(f"{name} {version(name)}" for name in _PROVIDERS),
    ]
    return ", ".join(parts)


def _head() -> str:
    """Return the head commit of the run's pull request; empty for another event. GITHUB_SHA is a merge commit there."""
    event = os.environ.get("GITHUB_EVENT_PATH")
    content = json.loads(Path(event).read_text(encoding="utf-8")) if event else {}
    return str(((content.get("pull_request") or {}).get("head") or {}).get("sha") or "")
