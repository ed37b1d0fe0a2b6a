"""`kubectl`, found on PATH or built as the platform's other programs are, and what it says of rendered YAML."""

import json
import os
import subprocess
from pathlib import Path

from sandbox.layout import CONTEXT, Layout
from sandbox.progress import SandboxError, Steps
from sandbox.real.programs import provide
from sandbox.real.tool import Tool

TOOL = Tool(
    "kubectl",
    {"kubectl": "k8s.io/kubernetes/cmd/kubectl"},
    1.5,
    ldflags="-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3",
)
_DIFFERS = 1


class Kubectl:
    """`kubectl` on the sandbox's cluster.

    Args:
        layout: the sandbox.

    Attributes:
        version: which one it is, and where from.
    """

    def __init__(self, layout: Layout) -> None:
        program = provide(layout, Steps(1), [TOOL])["kubectl"]
        self._command = [str(program), "--kubeconfig", str(layout.kubeconfig), "--context", CONTEXT]
        # The user's own cache of what clusters offer stays as it is.
        self._environment = {**os.environ, "KUBECACHEDIR": str(layout.folder("kubectl-cache"))}
        version = json.loads(self._call("version", "--client", "--output=json").stdout)["clientVersion"]["gitVersion"]
        self.version = f"{version}, {program}"

    def diff(self, folder: Path) -> str:
        """Return how the objects in `folder` differ from the cluster's; empty where they do not."""
        result = self._call("diff", "--filename", str(folder))
        if result.returncode > _DIFFERS:
            raise SandboxError(f"kubectl diff failed:\n{result.stderr[-2000:]}")
        return result.stdout

    def _call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command, *arguments], env=self._environment, capture_output=True, text=True, check=False
        )
