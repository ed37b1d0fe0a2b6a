"""What `pulumi` says of a stack: a preview as a plan, and the values that nobody may see."""

import json
import subprocess
from typing import Any

from ops import plan
from ops.secrecy import Scrubber


class EngineError(Exception):
    """Pulumi cannot be asked about a stack; the text says why."""


def preview(stack: str, *options: str) -> tuple[plan.Plan, int]:
    """Preview a stack; return the plan without any secret of the stack, and the engine's exit code.

    Args:
        stack: the stack's name.
        options: more options of `pulumi preview`.
    """
    previewed = _pulumi("preview", "--json", "--stack", stack, *options)
    found = plan.read(stack, previewed.stdout, previewed.stderr)
    return found.without(_scrubber(stack)), previewed.returncode


def configuration(stack: str) -> dict[str, dict[str, Any]]:
    """Return the entries of a stack's file by key, as `pulumi config --json` gives them.

    Secrets are in clear; where this machine cannot decrypt them, their entries have no `value`.

    Raises:
        EngineError: if there is no such stack, or no Pulumi.
    """
    found = _json("config", "--show-secrets", "--json", "--stack", stack)
    if found:
        return found
    masked = _pulumi("config", "--json", "--stack", stack)
    if masked.returncode:
        raise EngineError(" ".join(masked.stderr.split()).removeprefix("error: ") or "pulumi config failed")
    return dict(json.loads(masked.stdout))


def outputs(stack: str, *options: str) -> dict[str, Any]:
    """Return a stack's outputs; none where it is not deployed, or this machine cannot decrypt what is asked for.

    Args:
        stack: the stack's name.
        options: `--show-secrets` for secrets in clear.
    """
    return _json("stack", "output", "--json", "--stack", stack, *options)


def pending(stack: str) -> list[dict[str, Any]]:
    """Return the operations that a run began and did not end, as the state has them."""
    exported = _json("stack", "export", "--stack", stack)
    return list((exported.get("deployment") or {}).get("pending_operations") or [])


def _scrubber(stack: str) -> Scrubber:
    """Return what takes out every secret of a stack, those of its file and those among its outputs."""
    config = _json("config", "--show-secrets", "--json", "--stack", stack)
    masked, clear = outputs(stack), outputs(stack, "--show-secrets")
    found = [entry.get("value") for entry in config.values() if entry.get("secret")]
    return Scrubber([*found, *(value for name, value in clear.items() if value != masked.get(name))])


def _json(*arguments: str) -> dict[str, Any]:
    try:
        return dict(json.loads(_pulumi(*arguments).stdout))
    except ValueError:
        return {}


def _pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["pulumi", *arguments, "--non-interactive"]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise EngineError("pulumi is not on PATH") from None
