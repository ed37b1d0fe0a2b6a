"""Undoes what a killed `pulumi up` left behind: its lock, and creations that it began but did not record.

The Kubernetes provider creates with POST, so an object that was made but not recorded would be `AlreadyExists` for
ever: its pending creation becomes a resource of the state. (`pulumi refresh --import-pending-creates` of engine 3.259
drops it instead.) Everything else here may be created again.
"""

import json
import time
from pathlib import Path
from typing import Any

import psutil
from kubernetes.dynamic.exceptions import NotFoundError

from sandbox.progress import console
from sandbox.real.kubernetes_api import client
from sandbox.stack import Stack

_IN_FLIGHT_SECONDS = 2.0


def recover(stack: Stack) -> None:
    """Bring the stack's state into order; does nothing where nothing was killed.

    The caller holds the sandbox's own lock, so a Pulumi lock without a living owner is nobody's. (`pulumi cancel`
    removes every lock, also a living one's.)
    """
    for lock in _locks(stack):
        _wait_for_owner(lock)
    if _locks(stack):
        console.print("recovering: removing the lock of a run that was killed", markup=False)
        stack.run("cancel", "--yes", quiet=True)
        # A request that was under way when the engine was killed may still make its object.
        time.sleep(_IN_FLIGHT_SECONDS)
    exported: dict[str, Any] = json.loads(stack.call("stack", "export").stdout)
    deployment = exported["deployment"] or {}
    pending = deployment.get("pending_operations") or []
    if not pending:
        return
    console.print(f"recovering: {len(pending)} operations of a run that was killed", markup=False)
    for operation in pending:
        resource = operation["resource"]
        if operation["type"] == "creating" and (id_ := _existing(stack, resource)):
            # At the end, behind its parent and everything else that it depends on.
            deployment["resources"].append({**resource, "id": id_})
    deployment["pending_operations"] = []
    stack.run("stack", "import", stdin=json.dumps(exported), quiet=True)
    # What was recorded without its outputs is read now.
    stack.run("refresh", "--yes", "--skip-preview", quiet=True)


def _locks(stack: Stack) -> list[Path]:
    return sorted((stack.layout.folder("pulumi-state") / ".pulumi" / "locks").rglob("*.json"))


def _wait_for_owner(lock: Path) -> None:
    """Wait while the Pulumi that holds `lock` lives: one that outlived the command that started it."""
    try:
        owner = psutil.Process(json.loads(lock.read_text())["pid"])
        alive = "pulumi" in owner.name() and owner.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, KeyError, psutil.NoSuchProcess):
        return
    if alive:
        console.print(f"waiting for the pulumi that runs already (process {owner.pid})", markup=False)
        owner.wait()


def _existing(stack: Stack, resource: dict[str, Any]) -> str | None:
    """Return the id of the Kubernetes object that a pending creation made, if it did."""
    if not resource["type"].startswith("kubernetes:"):
        return None
    inputs = resource["inputs"]
    metadata = inputs["metadata"]
    if "name" not in metadata:
        # ProjectConfig's metadata is encrypted as a whole; its name is the project's.
        project = stack.project.configuration()["config"]["kargo-backstage:kargo"]["project"]
        metadata = {"name": project, "namespace": project}
    api = client(stack.platform.kubeconfig).resources.get(api_version=inputs["apiVersion"], kind=inputs["kind"])
    try:
        api.get(name=metadata["name"], namespace=metadata.get("namespace"))
    except NotFoundError:
        return None
    return "/".join(part for part in (metadata.get("namespace"), metadata["name"]) if part)
