"""The dev stack in the sandbox: its own backend, stack file and environment, and `pulumi` run with them."""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import yaml
from kubernetes.dynamic.exceptions import NotFoundError

from sandbox import gitea
from sandbox.kubernetes_api import client
from sandbox.layout import CONTEXT, PROJECT, Layout, which, write_private
from sandbox.progress import SandboxError, console
from sandbox.tools import Programs

STACK = "dev"
_PROJECT_NAME = "kargo-backstage"
_ROTATION = f"{_PROJECT_NAME}:webhooks.rotation"
_PLUGINS = {
    "pulumi-language-python": "sandbox.standins.language",
    "pulumi-resource-kubernetes": "sandbox.standins.kubernetes_provider",
    "pulumi-resource-azure-native": "sandbox.standins.azure_provider",
    # Pulumi ships this one as a script beside its CLI; it does just this.
    "pulumi-resource-pulumi-python": "pulumi.dynamic",
}


class Stack:
    """The dev stack of one sandbox.

    Args:
        layout: the sandbox.
        programs: its programs; `pulumi` among them.
    """

    def __init__(self, layout: Layout, programs: Programs) -> None:
        self._layout = layout
        self._pulumi = programs["pulumi"]

    @property
    def environment(self) -> dict[str, str]:
        """What makes a plain `pulumi` use this sandbox and nothing of the user's."""
        layout = self._layout
        layout.secret("passphrase")
        return {
            "PULUMI_HOME": str(layout.folder("pulumi-home")),
            "PULUMI_BACKEND_URL": layout.folder("pulumi-state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(layout.folder("secrets") / "passphrase"),
            "PULUMI_OPTION_CONFIG_FILE": str(layout.stack_file),
            "PULUMI_OPTION_STACK": STACK,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "KUBECONFIG": str(layout.kubeconfig),
            "PATH": os.pathsep.join([str(layout.folder("bin")), str(self._pulumi.parent), os.environ["PATH"]]),
        }

    def prepare(self) -> list[str]:
        """Make stand-ins for absent plugins, the stack and its file; return the names of the stand-ins."""
        standins = self._standins()
        self._write_stack_file()
        exports = [f'export {key}="{value}"' for key, value in self.environment.items() if key != "PATH"]
        path = f'export PATH="{self._layout.folder("bin")}:{self._pulumi.parent}:$PATH"'
        write_private(self._layout.root / "env", "\n".join([*exports, path]) + "\n")
        self.run("stack", "select", "--create", "--stack", STACK, quiet=True)
        if f"{_PROJECT_NAME}:giteaPassword" not in self._stack_file().get("config", {}):
            # From standard input: an argument would show in the list of processes.
            self.run(
                "config",
                "set",
                "--secret",
                f"{_PROJECT_NAME}:giteaPassword",
                stdin=self._layout.secret("gitea-password"),
            )
        return standins

    def run(self, *arguments: str, quiet: bool = False, stdin: str | None = None, check: bool = True) -> int:
        """Run `pulumi` in the project and return its exit code.

        Raises:
            SandboxError: if it fails and `check` is set.
        """
        result = subprocess.run(
            [str(self._pulumi), *arguments],
            cwd=PROJECT,
            env={**os.environ, **self.environment},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            text=True,
            capture_output=quiet,
            check=False,
        )
        if check and result.returncode:
            detail = f":\n{result.stderr[-2000:]}" if quiet else ""
            raise SandboxError(f"pulumi {arguments[0]} ended with {result.returncode}{detail}")
        return result.returncode

    def read(self, *arguments: str) -> str:
        """Run `pulumi` and return what it prints."""
        return subprocess.run(
            [str(self._pulumi), *arguments],
            cwd=PROJECT,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            text=True,
            capture_output=True,
            check=True,
        ).stdout

    def rotate(self) -> None:
        """Deploy with new webhook secrets."""
        value = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.run(
            "up", "--yes", "--skip-preview", "--suppress-outputs", "--config-path", "--config", f"{_ROTATION}={value}"
        )

    def recover(self) -> None:
        """Undo what a killed run left behind: its lock, and creations that it began but did not record.

        The caller holds this sandbox's own lock, so a Pulumi lock without a living owner is nobody's.
        """
        locks = self._locks()
        for lock in locks:
            self._wait_for(lock)
        if self._locks():
            console.print("recovering: removing the lock of a run that was killed", markup=False)
            self.run("cancel", "--yes", quiet=True)
        pending = [
            operation["resource"]
            for operation in self._deployment().get("pending_operations") or []
            if operation["type"] == "creating"
        ]
        if not pending:
            return
        console.print(f"recovering: {len(pending)} creations of a run that was killed", markup=False)
        arguments = ["refresh", "--yes", "--suppress-outputs", "--skip-preview"]
        imports = [(r["urn"], id_) for r in pending if (id_ := self._existing(r))]
        for urn, id_ in imports:
            arguments += ["--import-pending-creates", urn, "--import-pending-creates", id_]
        if len(imports) < len(pending):
            arguments.append("--clear-pending-creates")
        self.run(*arguments, quiet=True)

    def _existing(self, resource: dict[str, Any]) -> str | None:
        """Return the id of the Kubernetes object that a pending creation made, if it did."""
        if not resource["type"].startswith("kubernetes:"):
            return None
        inputs = resource["inputs"]
        metadata = inputs["metadata"]
        if not isinstance(metadata, dict) or "name" not in metadata:
            # The whole metadata is encrypted; only ProjectConfig's is, and its name is the project's.
            name = self._stack_file()["config"][f"{_PROJECT_NAME}:kargo"]["project"]
            metadata = {"name": name, "namespace": name}
        api = client(self._layout.kubeconfig).resources.get(api_version=inputs["apiVersion"], kind=inputs["kind"])
        try:
            api.get(name=metadata["name"], namespace=metadata.get("namespace"))
        except NotFoundError:
            return None
        return "/".join(part for part in (metadata.get("namespace"), metadata["name"]) if part)

    def _locks(self) -> list[Path]:
        return sorted((self._layout.folder("pulumi-state") / ".pulumi" / "locks").rglob("*.json"))

    def _wait_for(self, lock: Path) -> None:
        """Wait while the Pulumi that holds `lock` lives: one that outlived the `make` that started it."""
        try:
            owner = psutil.Process(json.loads(lock.read_text())["pid"])
            mine = "pulumi" in owner.name() and owner.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, KeyError, psutil.NoSuchProcess):
            return
        if mine:
            console.print(f"waiting for the pulumi that runs already (process {owner.pid})", markup=False)
            owner.wait()

    def _deployment(self) -> dict[str, Any]:
        deployment: dict[str, Any] = json.loads(self.read("stack", "export")).get("deployment") or {}
        return deployment

    def _stack_file(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = yaml.safe_load(self._layout.stack_file.read_text()) or {}
        except FileNotFoundError:
            content = {}
        return content

    def _write_stack_file(self) -> None:
        """Write the team's configuration with this sandbox's addresses; what is secret there already stays."""
        layout = self._layout
        config: dict[str, Any] = yaml.safe_load((PROJECT / f"Pulumi.{STACK}.yaml").read_text())["config"]
        here: dict[str, dict[str, Any]] = {
            "kubernetes": {"context": CONTEXT},
            "kargo": {"webhooksBaseUrl": layout.webhooks_url},
            "registry": {"host": layout.gitea_host},
            "gitOps": {"repoUrl": f"https://{layout.gitea_host}/{gitea.OWNER}/{gitea.REPOSITORY}.git"},
        }
        for key, values in here.items():
            section = config[f"{_PROJECT_NAME}:{key}"]
            section.update(values)
            section.pop("insecureSkipTlsVerify", None)
        config[f"{_PROJECT_NAME}:caBundle"] = str(layout.ca)
        before = self._stack_file()
        kept = {k: v for k, v in before.get("config", {}).items() if isinstance(v, dict) and "secure" in v}
        salt = {key: before[key] for key in ("encryptionsalt",) if key in before}
        webhooks = f"{_PROJECT_NAME}:webhooks"
        rotation = (before.get("config", {}).get(webhooks) or {}).get("rotation")
        if rotation is not None:
            config[webhooks] = {**config.get(webhooks, {}), "rotation": rotation}
        write_private(layout.stack_file, yaml.safe_dump({**salt, "config": {**config, **kept}}, sort_keys=False))

    def _standins(self) -> list[str]:
        folder = self._layout.folder("bin")
        made = []
        for plugin, module in _PLUGINS.items():
            script = folder / plugin
            if which(plugin, self._layout):
                script.unlink(missing_ok=True)
                continue
            # The dynamic provider must find the program's own modules first; the others need the sandbox's.
            where = f'cd "{PROJECT}" && ' if module.startswith("sandbox") else ""
            write_private(script, f'#!/bin/sh\n{where}exec "{sys.executable}" -u -m {module} "$@"\n')
            script.chmod(0o700)
            if module.startswith("sandbox"):
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
