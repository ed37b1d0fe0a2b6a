"""Calls of `pulumi`: the preview, configuration, outputs and state of a stack."""

import json
import subprocess
from typing import Any

from clients.connection import ServiceError
from clients.secrecy import Scrubber
from config.project import NAME
from ops import plan

# The engine's error for an empty file of attributes. The library gocloud does not write it atomically (3.259).
_TORN = "failed to load checkpoint: EOF"


class EngineError(ServiceError):
    """Pulumi cannot read a stack; the text contains the reason."""


def preview(stack: str, *options: str) -> tuple[plan.Plan, int]:
    """Preview a stack; return the plan without the stack's secrets, and the engine's exit code."""
    previewed = _pulumi("preview", "--json", "--stack", stack, *options)
    found = plan.read(stack, previewed.stdout, previewed.stderr, previewed.returncode)
    return found.without(_scrubber(stack)), previewed.returncode


def configuration(stack: str) -> dict[str, dict[str, Any]]:
    """Return the entries of a stack's file by key, in the format of `pulumi config --json`.

    Secrets are decrypted. If this machine cannot decrypt them, their entries have no `value`.

    Raises:
        EngineError: if the stack does not exist, or Pulumi is not installed.
    """
    found = _json("config", "--show-secrets", "--json", "--stack", stack)
    if found:
        return found
    masked = _pulumi("config", "--json", "--stack", stack)
    if masked.returncode:
        raise EngineError(_reason(masked.stderr))
    return dict(json.loads(masked.stdout))


def ca_bundle(stack: str) -> str | None:
    """Return `caBundle` of a stack's file; None if it is not set, or the stack cannot be read."""
    value = (_json("config", "--json", "--stack", stack).get(f"{NAME}:caBundle") or {}).get("value")
    return str(value) if value else None


def outputs(stack: str, *options: str) -> dict[str, Any]:
    """Return a stack's outputs; empty if it is not deployed, or this machine cannot decrypt them.

    Secrets are masked without the option `--show-secrets`.
    """
    return _json("stack", "output", "--json", "--stack", stack, *options)


def deployment(stack: str) -> dict[str, Any]:
    """Return the stack's state with masked secrets; empty if the stack has no state."""
    return dict(_json("stack", "export", "--stack", stack).get("deployment") or {})


def _reason(stderr: str) -> str:
    """Return why Pulumi cannot read a stack."""
    reason = " ".join(stderr.split()).removeprefix("error: ") or "pulumi config failed"
    if reason != _TORN:
        return reason
    folder = str(_json("whoami", "--json").get("url")).removeprefix("file://").partition("?")[0]
    return (
        f"{reason}; an interrupted pulumi left an empty file of attributes next to the state. Run: "
        f"find '{folder}/.pulumi' -name '*.attrs' -size 0 -delete\n"
        "Add ?metadata=skip to the backend's URL, so that Pulumi does not write such files"
    )


def _scrubber(stack: str) -> Scrubber:
    """Return a scrubber for every secret in a stack's file and outputs."""
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
        raise EngineError("pulumi is not on PATH; install it, or add its folder to PATH") from None
