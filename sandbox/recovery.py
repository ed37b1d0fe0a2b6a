"""Recovery after a killed `pulumi`: removes its lock. The next `up` continues its work."""

import json
from pathlib import Path

import psutil

from sandbox.progress import console
from sandbox.stack import Stack


def recover(stack: Stack) -> None:
    """Remove the lock of a killed run, and its pending operations. Do nothing without such a lock.

    The caller holds the sandbox's own lock, so a Pulumi lock without a running owner is a killed run's. (`pulumi
    cancel` removes every lock, including the lock of a running Pulumi.)
    """
    for lock in _locks(stack):
        _wait_for_owner(lock)
    if not _locks(stack):
        return
    console.print("recovering: removing the lock of a killed run", markup=False)
    stack.run("cancel", "--yes", quiet=True)
    # Otherwise each later run prints a warning of the pending creations.
    stack.run("refresh", "--clear-pending-creates", "--yes", "--skip-preview", quiet=True)


def _locks(stack: Stack) -> list[Path]:
    return sorted((stack.layout.folder("pulumi-state") / ".pulumi" / "locks").rglob("*.json"))


def _wait_for_owner(lock: Path) -> None:
    """Wait for the Pulumi that holds `lock`, if it still runs after the end of the command that started it."""
    try:
        owner = psutil.Process(json.loads(lock.read_text())["pid"])
        alive = "pulumi" in owner.name() and owner.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, KeyError, psutil.NoSuchProcess):
        return
    if alive:
        console.print(f"waiting for another pulumi (process {owner.pid})", markup=False)
        owner.wait()
