"""Calls of `pulumi`: the preview, configuration, outputs and state of a stack."""

import json
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from clients.connection import ServiceError
from clients.secrecy import Scrubber
from config.project import NAME
from ops import plan

# The engine's error for an empty file of attributes. The library gocloud does not write it atomically (3.259).
_TORN = "failed to load checkpoint: EOF"
# Marks each secret in a state (3.259).
_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"


class EngineError(ServiceError):
    """Pulumi cannot read a stack; the text contains the reason."""


@dataclass(frozen=True)
class Recorded:
    """A stack as Pulumi has it.

    Args:
        entries: entries of its file by key, in the format of `pulumi config --json`, with decrypted secrets. If this
            machine cannot decrypt them, they have no `value`.
        outputs: its outputs, with decrypted secrets; empty if it is not deployed, or this machine cannot decrypt them.
        deployment: its state, with masked secrets; empty if it has no state.
    """

    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    deployment: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def ca_bundle(self) -> str | None:
        """`caBundle` of the stack's file; None if it is not set."""
        value = self.entries.get(f"{NAME}:caBundle", {}).get("value")
        return str(value) if value else None

    @property
    def scrubber(self) -> Scrubber:
        """Removes every secret in the file and the outputs from a text."""
        resources = self.deployment.get("resources") or []
        root: Mapping[str, Any] = next((r for r in resources if r["type"] == "pulumi:pulumi:Stack"), {})
        masked = {name: json.dumps(value) for name, value in (root.get("outputs") or {}).items()}
        configured = (entry.get("value") for entry in self.entries.values() if entry.get("secret"))
        # An output that the state does not contain may be secret.
        hidden = (value for name, value in self.outputs.items() if _SIGNATURE in masked.get(name, _SIGNATURE))
        return Scrubber([*configured, *hidden])


@dataclass(frozen=True)
class Previewed:
    """A stack and its preview.

    Args:
        plan: the plan, without the stack's secrets.
        code: exit code of `pulumi preview`.
        recorded: the stack; empty if the preview has failed and Pulumi cannot read the stack.
    """

    plan: plan.Plan
    code: int
    recorded: Recorded


def preview(stack: str, *options: str) -> Previewed:
    """Preview a stack, with options of `pulumi preview`.

    Raises:
        EngineError: if Pulumi is not installed, or cannot read the stack's secrets after a successful preview.
    """
    previewed = _pulumi("preview", "--json", "--stack", stack, *options)
    found = plan.read(stack, previewed.stdout, previewed.stderr, previewed.returncode)
    try:
        recorded = read(stack)
    except EngineError:
        if not found.errors:
            raise
        recorded = Recorded()
    return Previewed(found.without(recorded.scrubber), previewed.returncode, recorded)


def read(stack: str) -> Recorded:
    """Read a stack.

    Raises:
        EngineError: if the stack does not exist, or Pulumi is not installed.
    """
    with ThreadPoolExecutor() as at_once:
        outputs = at_once.submit(_json, "stack", "output", "--json", "--show-secrets", "--stack", stack)
        exported = at_once.submit(_json, "stack", "export", "--stack", stack)
        entries = _configuration(stack)
    return Recorded(entries, outputs.result(), exported.result().get("deployment") or {})


def version() -> str:
    """Return the version of the Pulumi CLI, such as `3.259.0`."""
    return _pulumi("version").stdout.strip().removeprefix("v")


def _configuration(stack: str) -> dict[str, dict[str, Any]]:
    found = _json("config", "--show-secrets", "--json", "--stack", stack)
    if found:
        return found
    masked = _pulumi("config", "--json", "--stack", stack)
    if masked.returncode:
        raise EngineError(_reason(masked.stderr))
    return dict(json.loads(masked.stdout))


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
