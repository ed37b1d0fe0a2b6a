"""The rights in docs/rbac.yaml suffice. If one is missing, the error names it."""

from dataclasses import replace
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

NAME = "deployer"
RBAC = "rbac.authorization.k8s.io/v1"
SUBJECT = {"kind": "ServiceAccount", "name": NAME, "namespace": "default"}


def binding(kind: str, role: str, namespace: str | None = None) -> dict[str, Any]:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    metadata = {"name": role, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": RBAC, "kind": kind, "metadata": metadata, "roleRef": reference, "subjects": [SUBJECT]}


@pytest.fixture
def without(request) -> tuple[str, str] | None:
    """The resource and the verb that the roles lack."""
    return getattr(request, "param", None)


@pytest.fixture
def deployer(apart, sandbox, tmp_path, without) -> Deployment:
    """The stack apart, deployed by a ServiceAccount with those rights only."""
    own = apart.stack.platform.kubeconfig
    api = client(own)
    roles = list(yaml.safe_load_all((PROJECT / "docs" / "rbac.yaml").read_text()))
    for role in roles:
        for rule in [rule for rule in role["rules"] if without and without[0] in rule["resources"]]:
            others = [resource for resource in rule["resources"] if resource != without[0]]
            left = [verb for verb in rule["verbs"] if verb != without[1]]
            parts = [{**rule, "resources": others}, {**rule, "resources": [without[0]], "verbs": left}]
            role["rules"] += [part for part in parts if part["resources"] and part["verbs"]]
            role["rules"].remove(rule)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, "namespace": "default"}}
    ours, projects = (role["metadata"]["name"] for role in roles)
    for manifest in (account, *roles, binding("ClusterRoleBinding", ours)):
        apply(api, manifest)
    platform = replace(apart.stack.platform, kubeconfig=kubeconfig_of(NAME, "default", own, tmp_path / "kubeconfig"))
    limited: Deployment = replace(apart, stack=Stack(apart.stack.layout, sandbox.programs, platform))
    # The program owns the namespace: the first `up` creates it, and stops where it needs more rights in it.
    assert "is forbidden" in limited.pulumi("up", "--yes", "--skip-preview", fails=True)
    apply(api, binding("RoleBinding", projects, apart.project))
    return limited


def give_promoters(deployer: Deployment) -> None:
    """Write promoters of the first Stage into the stack's file."""
    project = deployer.stack.project
    pipeline, *others = project.configuration()["config"][f"{PROGRAM}:pipelines"]
    stage, *more = pipeline["stages"]
    project.replace("pipelines", [{**pipeline, "stages": [{**stage, "promoters": ["release"]}, *more]}, *others])


def test_with_these_rights_everything_works(deployer):
    deployer.stack.project.replace("kargo.roles", {"viewer": ["developers"], "promoter": ["platform"]})
    deployer.up()
    give_promoters(deployer)
    # With a preview, in which the API server cannot compare the rights of the missing Role with the deployer's.
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
