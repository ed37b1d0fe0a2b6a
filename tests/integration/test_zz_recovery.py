"""Killed anywhere, the next `make up` recovers; and a destroy leaves nothing. Runs last: it takes the stack away."""

import json
import os
import signal
import subprocess
import time

import pytest

from sandbox import processes
from sandbox.layout import PROJECT
from sandbox.real.kubernetes_api import client
from sandbox.recovery import recover

pytestmark = pytest.mark.integration


def start_up(deployment) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview"],
        cwd=PROJECT,
        env={**os.environ, **deployment.stack.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_destroy_leaves_no_object_namespace_or_hook(deployment):
    deployment.pulumi("destroy", "--yes", "--skip-preview")
    api = client(deployment.stack.platform.kubeconfig)
    namespaces = api.resources.get(api_version="v1", kind="Namespace").get().to_dict()["items"]
    assert "backstage" not in [namespace["metadata"]["name"] for namespace in namespaces]
    for api_version, kind in (
        ("kargo.akuity.io/v1alpha1", "Project"),
        ("kargo.akuity.io/v1alpha1", "ProjectConfig"),
        ("kargo.akuity.io/v1alpha1", "Stage"),
        ("external-secrets.io/v1", "ExternalSecret"),
    ):
        items = api.resources.get(api_version=api_version, kind=kind).get().to_dict()["items"]
        assert [i for i in items if not i["metadata"].get("namespace", "").startswith("contract-")] == [], kind
    assert deployment.hooks() == []


@pytest.mark.parametrize("seconds", [2.0, 2.8, 3.6, 4.4])
def test_an_up_killed_in_the_middle_is_recovered_by_the_next(deployment, seconds):
    deployment.pulumi("destroy", "--yes", "--skip-preview")
    process = start_up(deployment)
    time.sleep(seconds)
    kill(process)
    recover(deployment.stack)
    deployment.up()
    assert len(deployment.hooks()) == 1
    deployment.pulumi("preview", "--expect-no-changes", "--refresh")


def test_an_object_that_was_made_but_not_recorded_is_taken_over(deployment):
    deployment.pulumi("destroy", "--yes", "--skip-preview")
    controllers = processes.running(deployment.stack.layout, "controllers")
    assert controllers
    # With nobody to make it ready, the Project stays in creation until the kill.
    controllers.suspend()
    try:
        process = start_up(deployment)
        projects = client(deployment.stack.platform.kubeconfig).resources.get(
            api_version="kargo.akuity.io/v1alpha1", kind="Project"
        )
        processes.eventually(lambda: bool(projects.get().to_dict()["items"]), "the Project", 60)
        time.sleep(2)
        kill(process)
    finally:
        controllers.resume()
    exported = json.loads(deployment.pulumi("stack", "export"))
    assert "kargo-project" in json.dumps(exported["deployment"]["pending_operations"])
    recover(deployment.stack)
    deployment.up()
    deployment.pulumi("preview", "--expect-no-changes", "--refresh")


def test_down_stops_every_server(deployment, sandbox):
    names = processes.stop_all(sandbox.layout)
    assert sorted(names) == ["controllers", "etcd", "gitea", "kube-apiserver", "kube-controller-manager"]
    assert processes.stop_all(sandbox.layout) == []
