"""The rights in docs/rbac.yaml suffice. If one is missing, the error names it. A user who only reads gets the plan."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.project import NAME as PROGRAM
from sandbox.layout import PROJECT
from sandbox.real.kubernetes_api import apply, client
from sandbox.stack import Stack
from tests.integration.conftest import Deployment
from tests.service_account import kubeconfig_of

pytestmark = pytest.mark.integration

RBAC = "rbac.authorization.k8s.io/v1"
READING = ("get", "list", "watch")
STAGES = [{"name": "dev"}, {"name": "next", "upstream": ["dev"]}]


def roles() -> list[dict[str, Any]]:
    """Return the roles of docs/rbac.yaml: for the cluster, and for the project's namespace."""
    return list(yaml.safe_load_all((PROJECT / "docs" / "rbac.yaml").read_text()))


def binding(kind: str, role: str, account: str, namespace: str | None = None) -> dict[str, Any]:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    metadata = {"name": role, **({"namespace": namespace} if namespace else {})}
    subject = {"kind": "ServiceAccount", "name": account, "namespace": "default"}
    return {"apiVersion": RBAC, "kind": kind, "metadata": metadata, "roleRef": reference, "subjects": [subject]}


def as_account(apart: Deployment, sandbox: Any, folder: Path, name: str, given: list[dict[str, Any]]) -> Deployment:
    """Return the stack apart, run by a new ServiceAccount. Of the given roles it has the cluster's only."""
    own = apart.stack.platform.kubeconfig
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "default"}}
    for manifest in (account, *given, binding("ClusterRoleBinding", given[0]["metadata"]["name"], name)):
        apply(client(own), manifest)
    platform = replace(apart.stack.platform, kubeconfig=kubeconfig_of(name, "default", own, folder / name))
    return replace(apart, stack=Stack(apart.stack.layout, sandbox.programs, platform))


@pytest.fixture
def without(request) -> tuple[str, str] | None:
    """The resource and the verb that the roles lack."""
    return getattr(request, "param", None)


@pytest.fixture
def deployer(apart, sandbox, tmp_path, without) -> Deployment:
    """The stack apart, deployed by a ServiceAccount with those rights only."""
    given = roles()
    for role in given:
        for rule in [rule for rule in role["rules"] if without and without[0] in rule["resources"]]:
            others = [resource for resource in rule["resources"] if resource != without[0]]
            left = [verb for verb in rule["verbs"] if verb != without[1]]
            parts = [{**rule, "resources": others}, {**rule, "resources": [without[0]], "verbs": left}]
            role["rules"] += [part for part in parts if part["resources"] and part["verbs"]]
            role["rules"].remove(rule)
    limited = as_account(apart, sandbox, tmp_path, "deployer", given)
    # The program owns the namespace: the first `up` creates it, and stops where it needs more rights in it.
    assert "is forbidden" in limited.pulumi("up", "--yes", "--skip-preview", fails=True)
    in_project = given[1]["metadata"]["name"]
    apply(client(apart.stack.platform.kubeconfig), binding("RoleBinding", in_project, "deployer", apart.project))
    return limited


def give_promoters(deployer: Deployment) -> None:
    """Write promoters of the first Stage into the stack's file."""
    project = deployer.stack.project
    pipeline, *others = project.configuration()["config"][f"{PROGRAM}:pipelines"]
    stage, *more = pipeline["stages"]
    project.replace("pipelines", [{**pipeline, "stages": [{**stage, "promoters": ["release"]}, *more]}, *others])


@pytest.fixture
def viewer(apart, deployer, sandbox, tmp_path) -> Deployment:
    """The deployed stack apart, for a ServiceAccount that may only read the same objects."""
    given = roles()
    for role in given:
        role["metadata"]["name"] += "-reading"
        reading = ({**rule, "verbs": [verb for verb in rule["verbs"] if verb in READING]} for rule in role["rules"])
        role["rules"] = [rule for rule in reading if rule["verbs"]]
    limited = as_account(apart, sandbox, tmp_path, "viewer", given)
    in_project = given[1]["metadata"]["name"]
    apply(client(apart.stack.platform.kubeconfig), binding("RoleBinding", in_project, "viewer", apart.project))
    return limited


def planned(deployed: Deployment, outputs: Path, *arguments: str) -> str:
    """Write the plan as a workflow does, and return what is printed."""
    run = {"GITHUB_STEP_SUMMARY": "", "GITHUB_OUTPUT": str(outputs)}
    environment = {**os.environ, **deployed.stack.environment, **run}
    command = [sys.executable, "-m", "ops.approval", "--stack", "dev", *arguments]
    result = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_with_these_rights_everything_works(deployer, viewer, tmp_path):
    """The user who deploys has the plan that a user who only reads has shown."""
    project = deployer.stack.project
    project.replace("kargo.roles", {"viewer": ["developers"], "promoter": ["platform"]})
    deployer.up()
    # A changed ProjectConfig and Warehouse, and a new Stage: the provider may send dry runs of them for one user only.
    pipeline = {"name": "backstage", "image": "backstage-cnoe", "warehouse": {"interval": "1h"}, "stages": STAGES}
    project.replace("pipelines", [pipeline])
    # The API server cannot compare the rights of a missing Role with the deployer's.
    give_promoters(deployer)
    shown = planned(viewer, tmp_path / "outputs")
    assert "| update | ProjectConfig |" in shown
    assert "| create | Stage |" in shown
    digest = (tmp_path / "outputs").read_text().strip().removeprefix("digest=")
    assert planned(deployer, tmp_path / "none", "--approved", digest) == shown
    deployer.stack.rotate()
    assert deployer.objects(RBAC, "Role").get(name="backstage-dev-promoters", namespace=deployer.project)
    deployer.pulumi("preview", "--expect-no-changes", "--refresh")
    deployer.pulumi("destroy", "--yes", "--skip-preview")


@pytest.mark.parametrize(
    "without",
    [
        ("warehouses", "create"),
        ("externalsecrets", "create"),
        ("secrets", "get"),
        ("projectconfigs", "create"),
        ("roles", "create"),
    ],
    indirect=True,
    ids="-".join,
)
def test_a_missing_right_is_named(deployer, without):
    give_promoters(deployer)
    printed = deployer.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert without[0] in printed
    assert "forbidden" in printed.lower()


@pytest.mark.parametrize("without", [("stages", "promote"), ("promotions", "create")], indirect=True, ids="-".join)
def test_a_right_that_the_program_lacks_cannot_be_given_to_promoters(deployer, without):
    give_promoters(deployer)
    printed = deployer.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert "is attempting to grant RBAC permissions not currently held" in printed
    assert all(f'["{word}"]' in printed for word in without)
