"""The stacks that are previewed: the dev stack with several pipelines, and an empty program in the same backend."""

import copy
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import yaml

from config.project import NAME
from sandbox import plugins
from sandbox.layout import PROJECT, Layout, write_private
from sandbox.plugins import AZURE
from sandbox.progress import SandboxError
from sandbox.stack import Stack
from tests.bench.timing import once

_PREVIEW = ("preview", "--expect-no-changes")
_EMPTY = "import pulumi  # noqa: F401\n"


_THREE_STAGES = (
    {"name": "dev", "autoPromotion": True},
    {"name": "qa", "upstream": ["dev"]},
    {"name": "production", "upstream": ["qa"]},
)


def deploy(stack: Stack, pipelines: int, stages: Sequence[Mapping[str, Any]] | None = None) -> None:
    """Deploy the dev stack with its first pipeline, and others that differ from it in name and image alone.

    Args:
        stack: the stack.
        pipelines: how many.
        stages: Stages of each pipeline; None keeps the Stages of the first.

    With a stand-in for Azure's plugin, the stack does not own the vault's secret: the engine starts one plugin after
    the other, so every preview would include the start of the stand-in.
    """
    content = stack.project.configuration()
    if AZURE in plugins.standins(stack.layout):
        content["config"][f"{NAME}:registry"]["login"]["password"].pop("vault", None)
    key = f"{NAME}:pipelines"
    first = content["config"][key][0] | ({"stages": [dict(stage) for stage in stages]} if stages else {})
    more = [f"app-{number}" for number in range(2, pipelines + 1)]
    content["config"][key] = [first, *({**copy.deepcopy(first), "name": name, "image": name} for name in more)]
    write_private(stack.project.file, yaml.safe_dump(content, sort_keys=False))
    stack.run("up", "--yes", "--skip-preview", quiet=True)


def live(stack: Stack) -> dict[str, float]:
    """Return how many seconds each step in the life of ten pipelines with three Stages takes."""
    stack.run("destroy", "--yes", "--skip-preview", quiet=True)
    steps: dict[str, Callable[[], None]] = {
        "up from nothing": partial(deploy, stack, 10, _THREE_STAGES),
        "unchanged preview": partial(preview, stack),
        "up with an eleventh": partial(deploy, stack, 11, _THREE_STAGES),
    }
    return {name: once(step) for name, step in steps.items()}


def preview(stack: Stack) -> None:
    """Preview the dev stack; there must be nothing to change."""
    stack.run(*_PREVIEW, quiet=True)


class EmptyProgram:
    """A stack whose program is `import pulumi`, run by the same engine, language host and Python as the dev stack.

    Args:
        layout: where its project folder lies.
        stack: whose backend and Python it shares.
    """

    def __init__(self, layout: Layout, stack: Stack) -> None:
        self._folder = layout.folder("empty-project")
        self._environment = {
            **os.environ,
            **stack.environment,
            "PULUMI_OPTION_CWD": str(self._folder),
            "PULUMI_OPTION_STACK": "empty",
        }
        runtime: dict[str, Any] = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["runtime"]
        runtime["options"]["virtualenv"] = sys.prefix
        content = {"name": "empty", "runtime": runtime, "main": "."}
        (self._folder / "Pulumi.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
        (self._folder / "__main__.py").write_text(_EMPTY)
        for name in ("pyproject.toml", "uv.lock"):
            # Python's language host expects them next to a program, and reads the required plugins from them.
            shutil.copy(PROJECT / name, self._folder)
        self._run("stack", "init", "--no-select")
        self._run("up", "--yes", "--skip-preview")

    def preview(self) -> None:
        """Preview it; there is never anything to change."""
        self._run(*_PREVIEW)

    def _run(self, *arguments: str) -> None:
        command = ["pulumi", *arguments]
        result = subprocess.run(
            command,
            cwd=PROJECT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise SandboxError(f"{' '.join(command)} of the empty program failed:\n{result.stdout}{result.stderr}")
