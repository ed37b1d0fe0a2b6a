"""What `pulumi` says of a stack: a preview as a plan, and the values that nobody may see."""

import json
import subprocess
from typing import Any

from ops import plan
from ops.secrecy import Scrubber


def preview(stack: str, *options: str) -> tuple[plan.Plan, int]:
    """Preview a stack; return the plan and the engine's exit code.

    Args:
        stack: the stack's name.
        options: more options of `pulumi preview`.
    """
    previewed = _pulumi("preview", "--json", "--stack", stack, *options)
    return plan.read(stack, previewed.stdout, previewed.stderr), previewed.returncode


def scrubber(stack: str) -> Scrubber:
    """Return what takes out every secret of a stack, those of its file and those among its outputs."""
    config = _json("config", "--show-secrets", "--json", "--stack", stack)
    masked = _json("stack", "output", "--json", "--stack", stack)
    outputs = _json("stack", "output", "--json", "--show-secrets", "--stack", stack)
    found = [entry.get("value") for entry in config.values() if entry.get("secret")]
    return Scrubber([*found, *(value for name, value in outputs.items() if value != masked.get(name))])


def _json(*arguments: str) -> dict[str, Any]:
    try:
        return dict(json.loads(_pulumi(*arguments).stdout))
    except ValueError:
        return {}


def _pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["pulumi", *arguments, "--non-interactive"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
