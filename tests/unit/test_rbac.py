"""The documented rights cover the objects that stacks render, and no others."""

from typing import Any

import yaml

from tests.golden import golden_files
from tests.program import ROOT

RBAC = "rbac.authorization.k8s.io"
VERBS = ["get", "list", "watch", "create", "patch", "delete"]


def documents(text: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(text) if "apiVersion" in document]


def resource_of(document: dict[str, Any]) -> tuple[str, str]:
    """Return API group and plural of an object."""
    group, _, version = document["apiVersion"].partition("/")
    return group if version else "", f"{document['kind'].lower()}s"


def test_the_roles_allow_what_is_rendered_and_nothing_else():
    rendered = [document for path in golden_files() for document in documents(path.read_text())]
    of_the_cluster = {resource_of(d) for d in rendered if "namespace" not in d["metadata"]}
    of_the_project = {resource_of(d) for d in rendered if "namespace" in d["metadata"]}
    roles = documents((ROOT / "docs" / "rbac.yaml").read_text())
    allowed = []
    for role in roles:
        rights = [(g, r, rule["verbs"]) for rule in role["rules"] for g in rule["apiGroups"] for r in rule["resources"]]
        allowed.append({(group, resource): verbs for group, resource, verbs in rights})
    assert [role["kind"] for role in roles] == ["ClusterRole", "ClusterRole"]
    looked_at = {("kargo.akuity.io", resource): ["get", "list"] for resource in ("freights", "promotions")}
    others = {("", "events"): ["list"], (RBAC, "roles"): ["bind"], **looked_at}
    assert allowed == [
        dict.fromkeys(of_the_cluster, VERBS),
        {**dict.fromkeys(of_the_project, VERBS), **others},
    ]


def test_nobody_can_be_bound_to_another_role_than_those_that_stacks_name():
    rendered = [document for path in golden_files() for document in documents(path.read_text())]
    bound = {d["roleRef"]["name"] for d in rendered if d["kind"] == "RoleBinding"}
    rules = documents((ROOT / "docs" / "rbac.yaml").read_text())[1]["rules"]
    assert [set(rule["resourceNames"]) for rule in rules if "bind" in rule["verbs"]] == [bound]
