"""The dev stack on a local or given platform: its own backend, stack file and environment, and `pulumi` in them."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sandbox import gitea
from sandbox.layout import CONTEXT, PROJECT, Layout, which, write_private
from sandbox.programs import Programs
from sandbox.progress import SandboxError, console

STACK = "dev"
_PROJECT_NAME = "kargo-backstage"
_PLUGINS = {
    "pulumi-language-python": "sandbox.standins.language",
    "pulumi-resource-kubernetes": "sandbox.standins.kubernetes_provider",
    "pulumi-resource-azure-native": "sandbox.standins.azure_provider",
    "pulumi-resource-pulumi-python": "sandbox.standins.dynamic",
}


@dataclass(frozen=True)
class Platform:
    """Where the stack is deployed.

    Args:
        kubeconfig: kubeconfig of the cluster.
        settings: configuration that replaces the team's, by section.
        gitea_password: password of the stack's Gitea user.
        ca_bundle: CA of Gitea; None means one that the system trusts.
    """

    kubeconfig: Path
    settings: Mapping[str, Mapping[str, Any]]
    gitea_password: str = field(repr=False)
    ca_bundle: Path | None = None


def local(layout: Layout) -> Platform:
    """Return the sandbox's own platform."""
    repository = f"https://{layout.gitea_host}/{gitea.OWNER}/{gitea.REPOSITORY}.git"
    settings = {
        "kubernetes": {"context": CONTEXT},
        "kargo": {"webhooksBaseUrl": layout.webhooks_url},
        "registry": {"host": layout.gitea_host},
        "gitOps": {"repoUrl": repository},
    }
    return Platform(layout.kubeconfig, settings, layout.secret("gitea-password"), layout.ca)


class Stack:
    """The dev stack on one platform.

    Args:
        layout: where state, stack file and secrets lie.
        programs: the programs; `pulumi` among them.
        platform: where it is deployed.
    """

    def __init__(self, layout: Layout, programs: Programs, platform: Platform) -> None:
        self.layout = layout
        self.platform = platform
        self._pulumi = programs["pulumi"]

    @property
    def environment(self) -> dict[str, str]:
        """What makes a plain `pulumi` use this stack and nothing of the user's."""
        layout = self.layout
        layout.secret("passphrase")
        return {
            "PULUMI_HOME": str(layout.folder("pulumi-home")),
            "PULUMI_BACKEND_URL": layout.folder("pulumi-state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(layout.folder("secrets") / "passphrase"),
            "PULUMI_OPTION_CONFIG_FILE": str(layout.stack_file),
            "PULUMI_OPTION_STACK": STACK,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "KUBECONFIG": str(self.platform.kubeconfig),
            "PATH": os.pathsep.join([str(layout.folder("bin")), str(self._pulumi.parent), os.environ["PATH"]]),
        }

    def prepare(self) -> list[str]:
        """Make stand-ins for absent plugins, the stack, its file and `env`; return the names of the stand-ins."""
        standins = self._standins()
        self._create()
        self._write_stack_file()
        exports = [f'export {key}="{value}"' for key, value in self.environment.items() if key != "PATH"]
        path = f'export PATH="{self.layout.folder("bin")}:{self._pulumi.parent}:$PATH"'
        write_private(self.layout.root / "env", "\n".join([*exports, path]) + "\n")
        if f"{_PROJECT_NAME}:giteaPassword" not in self.stack_file().get("config", {}):
            # From standard input: an argument would show in the list of processes.
            self.run("config", "set", "--secret", f"{_PROJECT_NAME}:giteaPassword", stdin=self.platform.gitea_password)
        return standins

    def rotate(self) -> None:
        """Deploy with new webhook secrets."""
        self.configure("webhooks.rotation", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        self.run("up", "--yes", "--skip-preview", "--suppress-outputs")

    def configure(self, path: str, value: str) -> None:
        """Set one value in the stack's own file; `pulumi up --config` would replace the whole mapping around it."""
        self.run("config", "set", "--plaintext", "--path", f"{_PROJECT_NAME}:{path}", value)

    def run(self, *arguments: str, quiet: bool = False, stdin: str | None = None) -> None:
        """Run `pulumi` in the project.

        Raises:
            SandboxError: if it fails.
        """
        result = self.call(*arguments, stdin=stdin, capture=quiet)
        if result.returncode:
            detail = f":\n{result.stdout[-1000:]}{result.stderr[-2000:]}" if quiet else ""
            raise SandboxError(f"pulumi {arguments[0]} ended with {result.returncode}{detail}")

    def call(self, *arguments: str, stdin: str | None = None, capture: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `pulumi` in the project and return what became of it."""
        given: dict[str, Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        return subprocess.run(
            [str(self._pulumi), *arguments],
            cwd=PROJECT,
            env={**os.environ, **self.environment},
            text=True,
            capture_output=capture,
            check=False,
            **given,
        )

    def stack_file(self) -> dict[str, Any]:
        """Return the content of this stack's own file."""
        try:
            content: dict[str, Any] = yaml.safe_load(self.layout.stack_file.read_text()) or {}
        except FileNotFoundError:
            content = {}
        return content

    def _create(self) -> None:
        """Make the stack in its backend, unless it is there."""
        folder = self.layout.folder("project")
        if (folder / f"Pulumi.{STACK}.yaml").exists():
            return
        # `stack init` writes the stack's salt into the file beside Pulumi.yaml; here that is not the team's.
        (folder / "Pulumi.yaml").write_bytes((PROJECT / "Pulumi.yaml").read_bytes())
        # One that was made without the file, by a run killed in between, is empty and cannot be used.
        self.call("--cwd", str(folder), "stack", "rm", "--yes")
        self.run("--cwd", str(folder), "stack", "init", "--no-select", quiet=True)

    def _write_stack_file(self) -> None:
        """Write the team's configuration with this platform's addresses; secrets and the rotation stay as they are."""
        config: dict[str, Any] = yaml.safe_load((PROJECT / f"Pulumi.{STACK}.yaml").read_text())["config"]
        for key, values in self.platform.settings.items():
            section = config.setdefault(f"{_PROJECT_NAME}:{key}", {})
            section.update(values)
            if self.platform.ca_bundle:
                section.pop("insecureSkipTlsVerify", None)
        if self.platform.ca_bundle:
            config[f"{_PROJECT_NAME}:caBundle"] = str(self.platform.ca_bundle)
        salted = yaml.safe_load((self.layout.folder("project") / f"Pulumi.{STACK}.yaml").read_text())
        before = self.stack_file()
        kept = {k: v for k, v in before.get("config", {}).items() if isinstance(v, dict) and "secure" in v}
        salt = {"encryptionsalt": salted["encryptionsalt"]}
        webhooks = f"{_PROJECT_NAME}:webhooks"
        rotation = (before.get("config", {}).get(webhooks) or {}).get("rotation")
        if rotation is not None:
            config[webhooks] = {**config.get(webhooks, {}), "rotation": rotation}
        write_private(self.layout.stack_file, yaml.safe_dump({**salt, "config": {**config, **kept}}, sort_keys=False))

    def _standins(self) -> list[str]:
        folder = self.layout.folder("bin")
        made = []
        for plugin, module in _PLUGINS.items():
            script = folder / plugin
            if which(plugin, self.layout):
                script.unlink(missing_ok=True)
                continue
            write_private(script, f'#!/bin/sh\ncd "{PROJECT}" && exec "{sys.executable}" -u -m {module} "$@"\n')
            script.chmod(0o700)
            made.append(plugin)
        return made


@contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """Hold the sandbox's lock while the block runs; wait for another command that holds it."""
    with (layout.folder(".") / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("waiting for another command that uses this sandbox", markup=False)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
