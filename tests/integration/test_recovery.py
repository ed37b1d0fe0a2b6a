"""Killed anywhere, the next `make up` recovers."""

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from sandbox import processes
from sandbox.layout import PROJECT
from sandbox.recovery import recover
from tests.integration.conftest import Deployment

pytestmark = pytest.mark.integration


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("seconds", [2.0, 2.8, 3.6, 4.4])
def test_an_up_killed_in_the_middle_is_recovered_by_the_next(apart, seconds):
    before = len(apart.hooks())
    process = apart.start_up()
    time.sleep(seconds)
    kill(process)
    recover(apart.stack)
    apart.up()
    assert len(apart.hooks()) == before + 1
    apart.pulumi("preview", "--expect-no-changes", "--refresh")


def cut_off_while_the_project_is_made(apart: Deployment, sandbox: Any) -> None:
    """Kill an `up` whose Project is made and not recorded: with nobody to make it ready, it stays in creation."""
    controllers = processes.running(sandbox.layout, "kargo-standin")
    assert controllers
    controllers.suspend()
    try:
        process = apart.start_up()
        projects = apart.objects("kargo.akuity.io/v1alpha1", "Project")

        def made() -> bool:
            return apart.project in [item["metadata"]["name"] for item in projects.get().to_dict()["items"]]

        processes.eventually(made, "the Project", 60)
        time.sleep(2)
        kill(process)
    finally:
        controllers.resume()


def test_an_object_that_was_made_but_not_recorded_is_taken_over(apart, sandbox):
    cut_off_while_the_project_is_made(apart, sandbox)
    exported = json.loads(apart.pulumi("stack", "export"))
    assert "kargo-project" in json.dumps(exported["deployment"]["pending_operations"])
    recover(apart.stack)
    apart.up()
    apart.pulumi("preview", "--expect-no-changes", "--refresh")


def test_what_the_doctor_says_repairs_a_run_that_was_cut_off(apart, sandbox):
    """Outside the sandbox, where nothing does that by itself."""
    cut_off_while_the_project_is_made(apart, sandbox)
    environment = {**os.environ, **apart.stack.environment}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)

    found = json.loads(run(sys.executable, "-m", "ops.doctor", "--stack", "dev", "--json").stdout)
    (state,) = [link for link in found["links"] if link["link"] == "state"]
    assert state["verdict"] == "broken"
    assert "creating Project kargo-project" in state["found"]
    who, *commands = state["advice"].splitlines()
    assert who.startswith("see that nobody runs pulumi")
    assert [command.split()[0] for command in commands] == ["pulumi", "kubectl", "pulumi", "pulumi"]
    for command in commands:
        words = command.split()
        if words[0] == "kubectl":
            # There is none here; what it would do, the API does.
            delete = words[words.index("delete") + 1 :]
            assert delete == ["project.kargo.akuity.io", apart.project, "--ignore-not-found"]
            apart.objects("kargo.akuity.io/v1alpha1", "Project").delete(name=apart.project)
            continue
        more = ["--yes", "--skip-preview"] if words[1] == "up" else []
        result = run(*words, *more)
        assert result.returncode == 0, f"{command}:\n{result.stdout}{result.stderr}"
    apart.pulumi("preview", "--expect-no-changes", "--refresh")
