"""The documented rights cover the objects that stacks render, and no others."""

from collections import defaultdict
from typing import Any

import yaml

from kargo.manifests import manifests
from model.stage import Stage
from tests.golden import golden_files
from tests.program import ROOT
from tests.unit.doctor import stack

RBAC = "rbac.authorization.k8s.io"
KARGO = "kargo.akuity.io"
VERBS = ["get", "list", "watch", "create", "patch", "delete"]

CLUSTER, PROJECT = yaml.safe_load_all((ROOT / "docs" / "rbac.yaml").read_text())


def rendered() -> list[dict[str, Any]]:
    """Return the objects of the committed stacks and of other forms, and those of a Stage with promoters."""
    documents = [document for path in golden_files() for document in yaml.safe_load_all(path.read_text())]
    promoted = manifests(stack(Stage(name="dev", promoters=("platform",))))
    return [document for document in (*documents, *promoted) if "apiVersion" in document]


def resource_of(document: dict[str, Any]) -> tuple[str, str]:
    """Return API group and plural of an object."""
    group, _, version = document["apiVersion"].partition("/")
    return group if version else "", f"{document['kind'].lower()}s"


def rights(role: dict[str, Any]) -> dict[tuple[str, str, str], set[str]]:
    """Return the verbs of each resource in a role: API group, plural, and the names to which they are limited."""
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found[group, resource, ",".join(rule.get("resourceNames", []))] |= set(rule["verbs"])
    return found


def test_the_roles_allow_what_is_rendered_and_nothing_else():
    of_the_cluster = {resource_of(d) for d in rendered() if "namespace" not in d["metadata"]}
    of_the_project = {resource_of(d) for d in rendered() if "namespace" in d["metadata"]}
    assert [role["kind"] for role in (CLUSTER, PROJECT)] == ["ClusterRole", "ClusterRole"]
    assert rights(CLUSTER) == {(*resource, ""): set(VERBS) for resource in of_the_cluster}
    wanted = {(*resource, ""): set(VERBS) for resource in of_the_project}
    wanted[KARGO, "stages", ""] |= {"promote"}
    assert rights(PROJECT) == {
        **wanted,
        (KARGO, "freights", ""): {"get", "list"},
        (KARGO, "promotions", ""): {"get", "list", "create"},
        ("", "events", ""): {"list"},
        (RBAC, "roles", "kargo-viewer,kargo-promoter"): {"bind"},
    }


def test_the_program_has_every_right_that_it_gives_to_others():
    """Otherwise the API server refuses its Roles."""
    given = [right for d in rendered() if d["kind"] == "Role" for right in rights(d).items()]
    assert given
    own = rights(PROJECT)
    for (group, resource, _), verbs in given:
        assert verbs <= own[group, resource, ""]


def test_nobody_can_be_bound_to_another_role_than_those_that_stacks_name():
    own = {d["metadata"]["name"] for d in rendered() if d["kind"] == "Role"}
    bound = {d["roleRef"]["name"] for d in rendered() if d["kind"] == "RoleBinding"}
    assert [set(rule["resourceNames"]) for rule in PROJECT["rules"] if "bind" in rule["verbs"]] == [bound - own]
    assert not any("escalate" in rule["verbs"] for rule in PROJECT["rules"])
