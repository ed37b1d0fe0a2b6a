"""The deployed dev stack, another stack apart from it, and a way to run `pulumi`, for the integration tests."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import platform
from sandbox.layout import PROJECT, Layout
from sandbox.real import gitea
from sandbox.real.kubernetes_api import client
from sandbox.stack import Stack
from tests.hooks import forget_hooks, project_of
from tests.prepared import prepare


@dataclass(frozen=True)
class Deployment:
    """A stack, and the Gitea and cluster that it writes to.

    Args:
        stack: the stack.
        gitea: a signed-in client of Gitea's API.
        project: the Kargo project.
    """

    stack: Stack
    gitea: httpx.Client
    project: str

    def pulumi(self, *arguments: str, fails: bool = False) -> str:
        """Run `pulumi`, check its exit code and return all it printed."""
        result = self.stack.call(*arguments)
        printed = result.stdout + result.stderr
        assert bool(result.returncode) == fails, f"pulumi {' '.join(arguments)}:\n{printed[-6000:]}"
        return printed

    def elsewhere(self, variables: dict[str, str | None], *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `pulumi` as on another machine: with other variables, and without those that are None."""
        environment = {**os.environ, **self.stack.environment, **variables}
        return subprocess.run(
            ["pulumi", *arguments],
            cwd=PROJECT,
            env={name: value for name, value in environment.items() if value is not None},
            capture_output=True,
            text=True,
            check=False,
        )

    def up(self, *arguments: str) -> str:
        """Deploy."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments)

    def start_up(self) -> subprocess.Popen[bytes]:
        """Begin to deploy, in a group of processes of its own."""
        return subprocess.Popen(
            ["pulumi", "up", "--yes", "--skip-preview"],
            cwd=PROJECT,
            env={**os.environ, **self.stack.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def state(self) -> list[dict[str, Any]]:
        """Return the state's resources with secrets shown, without the stack's own record of the last run."""
        exported = json.loads(self.pulumi("stack", "export", "--show-secrets"))
        return [r for r in exported["deployment"].get("resources", []) if r["type"] != "pulumi:pulumi:Stack"]

    def steps(self) -> list[tuple[str, str]]:
        """Return the steps of a preview: operation and Pulumi name, without unchanged resources."""
        preview = self.stack.call("preview", "--json")
        assert preview.returncode == 0, preview.stderr
        steps = [step for step in json.loads(preview.stdout)["steps"] if step["op"] != "same"]
        return sorted((step["op"], step["urn"].rpartition("::")[2]) for step in steps)

    def webhook_url(self) -> str:
        """Return the URL to which Gitea delivers pushed images."""
        printed = self.stack.call("stack", "output", "webhookUrls", "--show-secrets", "--json").stdout
        return str(json.loads(printed)["gitea-packages"])

    def hooks(self) -> list[dict[str, Any]]:
        """Return the user's hooks in Gitea that belong to this Kargo project, or to no project."""
        listed = self.gitea.get("/user/hooks", params={"limit": 50}).raise_for_status().json()
        kubeconfig = self.stack.platform.kubeconfig
        return [hook for hook in listed if project_of(hook, kubeconfig) in (None, self.project)]

    def objects(self, api_version: str, kind: str) -> Any:
        """Return the cluster's resource of a kind."""
        return client(self.stack.platform.kubeconfig).resources.get(api_version=api_version, kind=kind)


@pytest.fixture(scope="session")
def deployment(sandbox) -> Iterator[Deployment]:
    """Deploy the dev stack once; tests leave it deployed as they found it."""
    with gitea.api(sandbox.layout) as api:
        deployed = Deployment(sandbox.stack(), api, "backstage")
        deployed.up()
        yield deployed


@contextmanager
def _apart(sandbox: Any, folder: Path, project: str) -> Iterator[Deployment]:
    """Yield a stack with a state of its own; it stays deployed, but for its hooks, as the platform is thrown away."""
    local = platform.local(sandbox.layout)
    settings = {**local.settings, "kargo": {**local.settings["kargo"], "project": project}}
    stack = Stack(Layout(folder), sandbox.programs, replace(local, settings=settings))
    prepare(stack)
    with gitea.api(sandbox.layout) as api:
        yield Deployment(stack, api, project)
        forget_hooks(api, local.kubeconfig, project)


@pytest.fixture
def apart(sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Return a stack with a state and a Kargo project of its own, which may be killed and destroyed."""
    with _apart(sandbox, tmp_path_factory.mktemp("apart"), f"apart-{secrets.token_hex(3)}") as deployed:
        yield deployed


@pytest.fixture
def twin(sandbox, apart: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Return a stack of the same name and Kargo project as `apart`, with another state."""
    with _apart(sandbox, tmp_path_factory.mktemp("twin"), apart.project) as deployed:
        yield deployed


@pytest.fixture
def in_a_workflow(deployment, sandbox) -> Iterator[Callable[..., tuple[int, str]]]:
    """Return a function that runs a tool as a workflow of Gitea does; it returns the exit code and the output."""
    name, layout = f"workflow-{secrets.token_hex(3)}", sandbox.layout
    wanted = {"name": name, "scopes": ["write:issue", "read:repository", "read:user"]}
    made = deployment.gitea.post(f"/users/{gitea.OWNER}/tokens", json=wanted).raise_for_status()

    def run(module: str, **variables: str) -> tuple[int, str]:
        environment = {
            # Without the workflow that runs the tests.
            **{name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")},
            **deployment.stack.environment,
            "GITHUB_API_URL": f"https://{layout.gitea_host}/api/v1/",
            "GITHUB_REPOSITORY": f"{gitea.OWNER}/{gitea.REPOSITORY}",
            "GITHUB_TOKEN": made.json()["sha1"],
            "SSL_CERT_FILE": str(layout.ca),
            **variables,
        }
        command = [sys.executable, "-m", module, "--stack", "dev"]
        result = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        return result.returncode, result.stdout + result.stderr

    yield run
    deployment.gitea.delete(f"/users/{gitea.OWNER}/tokens/{name}")
