"""Groups in Kargo's roles of the project: the bindings, and that there are no others."""

import json

import pytest

from tests.program import run
from tests.unit.configuration import NULL, lines

ROLES = {"kargo": {"roles": {"viewer": ["developers", "qa"], "promoter": ["platform"]}}}


def test_each_role_has_an_account_that_stands_for_its_groups():
    recorder = run("dev", ROLES).recorder
    accounts = {a.inputs["metadata"]["name"]: a.inputs["metadata"] for a in recorder.of_type("ServiceAccount")}
    claims = {name: json.loads(m["annotations"]["rbac.kargo.akuity.io/claims"]) for name, m in accounts.items()}
    assert claims == {"viewer-groups": {"groups": ["developers", "qa"]}, "promoter-groups": {"groups": ["platform"]}}
    assert {m["namespace"] for m in accounts.values()} == {"backstage"}


def test_an_account_is_bound_to_the_role_of_its_name_in_the_projects_namespace():
    bound = {}
    for binding in run("dev", ROLES).recorder.of_type("RoleBinding"):
        (subject,) = binding.inputs["subjects"]
        assert binding.inputs["metadata"]["namespace"] == subject["namespace"] == "backstage"
        bound[subject["name"]] = binding.inputs["roleRef"]
    assert {name: (ref["kind"], ref["name"]) for name, ref in bound.items()} == {
        "viewer-groups": ("Role", "kargo-viewer"),
        "promoter-groups": ("Role", "kargo-promoter"),
    }


def test_without_groups_nothing_is_bound():
    recorder = run("dev").recorder
    assert not recorder.of_type("RoleBinding")
    assert not recorder.of_type("ServiceAccount")


@pytest.mark.parametrize(
    ("roles", "line"),
    [
        ({"admin": ["platform"]}, "kargo.roles.admin: unknown key; write one of: promoter, viewer"),
        ({"viewer": "developers"}, "kargo.roles.viewer: not a list; write `- ` lines below it"),
        ({"viewer": [" "]}, "kargo.roles.viewer[0]: empty; write a value, or remove the key"),
        ({"viewer": [NULL]}, "kargo.roles.viewer[0]: empty; write a value, or remove the key"),
    ],
)
def test_roles_that_are_none_are_refused(roles, line):
    assert lines({"kargo": {"roles": roles}}) == [line]
