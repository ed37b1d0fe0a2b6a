"""The output about a Promotion: its steps, and the diff of its commit."""

from typing import Any
from urllib.parse import urlsplit

from sandbox import processes
from sandbox.deployed import Deployed
from sandbox.layout import Layout
from sandbox.progress import console
from sandbox.real import gitea
from sandbox.standins.controllers.kargo.promotion import TERMINAL, phase

_SECONDS = 90


def follow(layout: Layout, deployed: Deployed, promotion: dict[str, Any]) -> None:
    """Wait until a Promotion ends or waits for a pull request, and show it.

    Raises:
        SandboxError: if it does neither in time.
    """
    name = promotion["metadata"]["name"]

    def settled() -> bool:
        nonlocal promotion
        promotion = deployed.again(promotion)
        return phase(promotion) in TERMINAL or _pull_request(promotion) is not None

    processes.eventually(settled, f"the end of Promotion {name}", _SECONDS)
    status = promotion["status"]
    console.print(f"Promotion {name}: {status['phase']}", markup=False)
    uses = {step["as"]: step["uses"] for step in promotion["spec"]["steps"]}
    # Most tries of the commit are skipped, and so is the creation of a file that exists.
    records = [r for r in status.get("stepExecutionMetadata") or [] if r["status"] != "Skipped"]
    console.print(f"  {', '.join(uses[r['alias']] + ' ' + r['status'] for r in records)}", markup=False)
    if status.get("message"):
        console.print(f"  {status['message']}", markup=False)
    if url := _pull_request(promotion):
        console.print(f"  waiting for {url}; merge it, or close it to end the Promotion as Failed", markup=False)
    elif phase(promotion) == "Succeeded":
        _show_commit(layout, promotion)


def _pull_request(promotion: dict[str, Any]) -> str | None:
    """Return the URL of the pull request that a running Promotion waits for."""
    outputs = ((promotion.get("status") or {}).get("state") or {}).values()
    waits = [output["pr"]["url"] for output in outputs if output and (output.get("pr") or {}).get("open")]
    return waits[0] if waits and phase(promotion) == "Running" else None


def _show_commit(layout: Layout, promotion: dict[str, Any]) -> None:
    steps, state = promotion["spec"]["steps"], promotion["status"].get("state") or {}
    commits = [state[s["as"]]["commit"] for s in steps if s["uses"] == "git-push" and (state.get(s["as"]) or {})]
    repositories = [step["config"]["repoURL"] for step in steps if step["uses"] == "git-clone"]
    if not commits or not repositories:
        console.print("  nothing to commit: the images file already contains this reference", markup=False)
        return
    path = urlsplit(repositories[0]).path.removesuffix(".git")
    with gitea.api(layout) as api:
        diff = api.get(f"/repos{path}/git/commits/{commits[-1]}.diff").raise_for_status().text
    console.print(f"commit {repositories[0].removesuffix('.git')}/commit/{commits[-1][:10]}", markup=False)
    for line in diff.rstrip().splitlines():
        style = {"+": "green", "-": "red"}.get(line[:1]) if line[:3] not in ("+++", "---") else None
        console.print(f"  {line}", markup=False, style=style)
