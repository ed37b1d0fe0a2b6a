"""Takes away the lock that a killed `pulumi` left; the next `up` goes on with whatever it had begun."""

import json
from pathlib import Path

import psutil

from sandbox.progress import console
from sandbox.stack import Stack


def recover(stack: Stack) -> None:
    """Bring the stack's state into order; does nothing where nothing was killed.

    The caller holds the sandbox's own lock, so a Pulumi lock without a living owner is nobody's. (`pulumi cancel`
    removes every lock, also a living one's.)
    """
    for lock in _locks(stack):
        _wait_for_owner(lock)
    if not _locks(stack):
        return
    console.print("recovering: removing the lock of a run that was killed", markup=False)
    stack.run("cancel", "--yes", quiet=True)
    # Each later run would warn of what was being created.
    stack.run("refresh", "--clear-pending-creates", "--yes", "--skip-preview", quiet=True)


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
