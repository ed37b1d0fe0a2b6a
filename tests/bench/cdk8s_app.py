"""The same objects by way of cdk8s: a TypeScript app, rendered to YAML as a team renders its charts."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.layout import Layout, cache, which
from sandbox.progress import SandboxError

_SOURCE = Path(__file__).parent / "cdk8s"
# How cdk8s runs the app: from TypeScript each time, as `cdk8s init` sets it up, or compiled beforehand.
TYPESCRIPT = "npx ts-node main.ts"
COMPILED = "node build/main.js"


class Cdk8sApp:
    """The app in tests/bench/cdk8s, installed into the user's cache.

    Args:
        layout: where it writes its YAML.
        settings: what the app reads from its environment.

    Attributes:
        output: folder of the YAML files.
        version: which Node.js runs it.
    """

    def __init__(self, layout: Layout, settings: Mapping[str, str]) -> None:
        self.output = layout.folder("cdk8s-dist")
        self.version = _run(["node", "--version"], _SOURCE).strip()
        self._folder = _installed()
        # Neither tool may look for a newer one of itself on the network.
        offline = {"CDK8S_CHECK_UPGRADE": "false", "npm_config_update_notifier": "false"}
        self._environment = {**os.environ, **offline, **settings}

    def synthesize(self, pipelines: int, app: str) -> None:
        """Write the YAML for some number of pipelines.

        Args:
            pipelines: how many.
            app: how to run the app.
        """
        command = [str(self._folder / "node_modules/.bin/cdk8s"), "synth", "--app", app, "--output", str(self.output)]
        _run(command, self._folder, {**self._environment, "PIPELINES": str(pipelines)})

    def objects(self) -> list[dict[str, Any]]:
        """Return the objects of the YAML files."""
        return [found for path in sorted(self.output.glob("*.yaml")) for found in yaml.safe_load_all(path.read_text())]


def missing(layout: Layout) -> str | None:
    """Return why the app cannot be run on this machine; None where it can."""
    absent = [program for program in ("node", "npm", "npx") if not which(program, layout)]
    return f"{', '.join(absent)} not on PATH" if absent else None


def _installed() -> Path:
    """Return the folder of the app with its packages, compiled; installed unless it was before."""
    files = sorted(path for path in _SOURCE.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files))
    folder = cache() / f"cdk8s-{digest.hexdigest()[:12]}"
    if folder.exists():
        return folder
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True)
    try:
        for path in files:
            shutil.copy(path, partial)
        _run(["npm", "ci"], partial)
        _run(["npm", "run", "compile"], partial)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _run(command: list[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SandboxError(f"{' '.join(command)} failed:\n{result.stdout[-1500:]}{result.stderr[-1500:]}")
    return result.stdout
