"""A killed run: `pulumi cancel` and a plain `pulumi up` continue it, and so does the next `make up`."""

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


@pytest.mark.parametrize("seconds", [2.0, 3.6])
def test_an_up_killed_in_the_middle_is_recovered_by_the_next(apart, seconds):
    before = len(apart.hooks())
    process = apart.start_up()
    time.sleep(seconds)
    kill(process)
    recover(apart.stack)
    apart.pulumi("up", "--yes")
    assert len(apart.hooks()) == before + 1
    apart.pulumi("preview", "--expect-no-changes", "--refresh")


def cut_off_while_the_project_is_made(apart: Deployment, sandbox: Any) -> None:
    """Kill an `up` that waits for a Project which never becomes ready."""
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


def test_what_the_doctor_says_repairs_a_run_that_was_cut_off(apart, sandbox):
    """Outside the sandbox nothing repairs it automatically."""
    cut_off_while_the_project_is_made(apart, sandbox)
    environment = {**os.environ, **apart.stack.environment}

    def state() -> dict[str, Any]:
        command = [sys.executable, "-m", "ops.doctor", "--stack", "dev", "--json"]
        printed = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        (check,) = [check for check in json.loads(printed.stdout)["checks"] if check["check"] == "Pulumi state"]
        return dict(check)

    found = state()
    assert (found["verdict"], "creating ProjectReadiness kargo-project-ready" in found["found"]) == ("failed", True)
    who, *commands = found["advice"].splitlines()
    assert who.startswith("check that no other pulumi command runs")
    for command in commands:
        more = ["--yes"] if " up " in command else []
        apart.pulumi(*command.split()[1:], *more)
    apart.pulumi("preview", "--expect-no-changes", "--refresh")
    found = state()
    assert found["verdict"] == "ok"
    apart.pulumi(*found["found"].partition("until you run: pulumi ")[2].split())
    assert state()["found"] == "no operation is pending"


def test_a_state_with_an_empty_file_of_attributes_is_told_with_the_command_that_repairs_it(apart):
    plain = apart.stack.environment["PULUMI_BACKEND_URL"].partition("?")[0]
    environment = {"PULUMI_BACKEND_URL": plain}
    apart.up()
    assert apart.elsewhere(environment, "config", "set", "kubernetes:unused", "x").returncode == 0
    assert apart.elsewhere(environment, "up", "--yes", "--skip-preview").returncode == 0
    (attributes,) = apart.stack.layout.folder("pulumi-state").rglob("dev.json.attrs")
    attributes.write_text("")
    assert "failed to load checkpoint: EOF" in apart.elsewhere(environment, "up", "--yes").stderr
    command = [sys.executable, "-m", "ops.doctor", "--stack", "dev"]
    variables = {**os.environ, **apart.stack.environment, **environment}
    told = subprocess.run(command, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    (repair,) = [line.partition("Run: ")[2] for line in told.stderr.splitlines() if "Run: " in line]
    subprocess.run(["sh", "-c", repair], check=True)
    assert apart.elsewhere(environment, "up", "--yes").returncode == 0
