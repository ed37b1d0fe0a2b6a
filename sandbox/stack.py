"""The dev stack on a platform, with its own backend, project folder and environment."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from config.project import NAME
from sandbox import plugins, proxy, quiet
from sandbox.layout import PROJECT, Layout, write_private
from sandbox.platform import Platform
from sandbox.progress import SandboxError
from sandbox.project import Project
from sandbox.real.programs import Programs
from sandbox.standins.plugins import AZURE_FOLDER

STACK = "dev"


class Stack:
    """The dev stack on one platform.

    Args:
        layout: the sandbox, with state, project folder and secrets.
        programs: the programs, including `pulumi`.
        platform: the platform.

    Attributes:
        project: the project folder.
    """

    def __init__(self, layout: Layout, programs: Programs, platform: Platform) -> None:
        self.layout = layout
        self.platform = platform
        self.project = Project(layout.folder("project"), STACK)
        self._pulumi = programs["pulumi"]

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables with which a plain `pulumi` uses this stack, and no setting of the user."""
        return {**self._variables, "PATH": self._path(os.environ["PATH"])}

    @property
    def _variables(self) -> dict[str, str]:
        layout = self.layout
        layout.secret("passphrase")
        return {
            "PULUMI_HOME": str(layout.folder("pulumi-home")),
            # Without file attributes: a killed engine can leave them empty, and then cannot read the stack (3.259).
            "PULUMI_BACKEND_URL": f"{layout.folder('pulumi-state').as_uri()}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(layout.folder("secrets") / "passphrase"),
            # PULUMI_OPTION_… sets a flag, so `pulumi` works in the project's root.
            "PULUMI_OPTION_CWD": str(self.project.folder),
            "PULUMI_OPTION_STACK": STACK,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "KUBECONFIG": str(self.platform.kubeconfig),
            **({AZURE_FOLDER: str(self.platform.azure)} if self.platform.azure else {}),
        }

    def _path(self, users: str) -> str:
        # Python's language host needs `uv`, and `uv run` sets its path. It is last, because its folder may contain a
        # Python.
        uv = [Path(os.environ["UV"]).parent] if "UV" in os.environ and not shutil.which("uv") else []
        return os.pathsep.join([str(self.layout.folder("bin")), str(self._pulumi.parent), users, *map(str, uv)])

    def prepare(self) -> None:
        """Create the stand-ins for missing plugins, the stack, its file and `env`."""
        self.project.write(plugins.provide(self.layout, self.platform.forks))
        # The engine would write a debug log of each run to a folder of this name: a tenth of its CPU time (3.259).
        (self.layout.folder("pulumi-home") / "logs").touch()
        self._create()
        self.project.configure(self.platform)
        exports = [f'export {key}="{value}"' for key, value in {**self._variables, **proxy.exports()}.items()]
        exports.append(f'export PATH="{self._path("$PATH")}"')
        write_private(self.layout.root / "env", "\n".join(exports) + "\n")
        if f"{NAME}:giteaPassword" not in self.project.configuration()["config"]:
            # From standard input: the list of processes shows arguments.
            self.run("config", "set", "--secret", f"{NAME}:giteaPassword", stdin=self.platform.gitea_password)

    def up(self) -> None:
        """Deploy.

        Raises:
            SandboxError: if it fails.
        """
        # A stack that was deployed without the stand-in for Azure finds its vault empty.
        refresh = ["--refresh"] if self.platform.azure else []
        self._change("up", "--suppress-outputs", *refresh)

    def destroy(self) -> None:
        """Destroy the stack.

        Raises:
            SandboxError: if it fails.
        """
        self._change("destroy")

    def _change(self, *arguments: str) -> None:
        """Run a command with its preview, as a user does, and print a line for each changed resource."""
        command = [str(self._pulumi), *arguments, "--yes"]
        if code := quiet.run(command, PROJECT, {**os.environ, **self.environment}):
            logs, what = self.layout.folder("logs"), f"pulumi {arguments[0]}"
            raise SandboxError(f"{what} failed ({code}); correct the error above and run it again (logs: {logs})")

    def rotate(self) -> None:
        """Deploy with new webhook secrets."""
        self.project.replace("webhooks.rotation", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        self.up()

    def outputs(self) -> dict[str, Any]:
        """Return the outputs that are not empty, with secrets masked."""
        found: dict[str, Any] = json.loads(self.call("stack", "output", "--json").stdout)
        return {name: value for name, value in found.items() if value}

    def run(self, *arguments: str, quiet: bool = False, stdin: str | None = None) -> None:
        """Run `pulumi` in the project.

        Raises:
            SandboxError: if it fails.
        """
        result = self.call(*arguments, stdin=stdin, capture=quiet)
        if result.returncode:
            detail = f":\n{result.stdout[-1000:]}{result.stderr[-2000:]}" if quiet else ""
            raise SandboxError(f"pulumi {arguments[0]} failed ({result.returncode}){detail}")

    def call(self, *arguments: str, stdin: str | None = None, capture: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `pulumi` in the project, and return the completed process."""
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

    def _create(self) -> None:
        """Create the stack in its backend, if it is missing."""
        if "encryptionsalt" in self.project.configuration():
            return
        # A run that was killed before it wrote the file leaves an empty stack that cannot be used.
        self.call("stack", "rm", "--yes")
        self.project.file.unlink(missing_ok=True)
        self.run("stack", "init", "--no-select", quiet=True)
