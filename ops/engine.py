"""What `pulumi` says of a stack: a preview as a plan, and the values that nobody may see."""

import json
import subprocess
from typing import Any

from clients.secrecy import Scrubber
from ops import plan

# What the engine says when gocloud's file of attributes, which it does not write atomically, is empty (3.259).
_TORN = "failed to load checkpoint: EOF"


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
        raise EngineError(_reason(masked.stderr))
    return dict(json.loads(masked.stdout))


def outputs(stack: str, *options: str) -> dict[str, Any]:
    """Return a stack's outputs; none where it is not deployed, or this machine cannot decrypt what is asked for.

    Args:
        stack: the stack's name.
        options: `--show-secrets` for secrets in clear.
    """
    return _json("stack", "output", "--json", "--stack", stack, *options)


def deployment(stack: str) -> dict[str, Any]:
    """Return the stack's state, secrets masked; empty where it has none."""
    return dict(_json("stack", "export", "--stack", stack).get("deployment") or {})


def _reason(stderr: str) -> str:
    """Return why Pulumi cannot read a stack."""
    reason = " ".join(stderr.split()).removeprefix("error: ") or "pulumi config failed"
    if reason != _TORN:
        return reason
    folder = str(_json("whoami", "--json").get("url")).removeprefix("file://").partition("?")[0]
    return (
        f"{reason}; a pulumi that was killed left an empty file of attributes next to the state. Run: "
        f"find '{folder}/.pulumi' -name '*.attrs' -size 0 -delete\n"
        "With ?metadata=skip at the end of the backend's URL, Pulumi writes no such file"
    )


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
