"""Groups that may promote to one Stage: what they may do, and that nobody else gets it."""

import json

import pytest

from kargo.manifests import manifests
from model.stage import Stage
from tests.program import run
from tests.unit.configuration import NULL, lines, load, stages
from tests.unit.doctor import stack

PROMOTERS = stages({"name": "dev"}, {"name": "production", "upstream": ["dev"], "promoters": ["release", "on-call"]})
NAME = "backstage-production-promoters"


def test_the_groups_of_a_stage_may_promote_to_it_alone():
    recorder = run("dev", PROMOTERS).recorder
    role = recorder.one("Role").inputs
    assert (role["metadata"]["name"], role["metadata"]["namespace"]) == (NAME, "backstage")
    assert role["rules"] == [
        {
            "apiGroups": ["kargo.akuity.io"],
            "resources": ["stages"],
            "resourceNames": ["backstage-production"],
            "verbs": ["promote"],
        },
        {"apiGroups": ["kargo.akuity.io"], "resources": ["promotions"], "verbs": ["create"]},
    ]


def test_an_account_stands_for_the_groups_in_the_stages_role_and_in_kargos_viewer_role():
    recorder = run("dev", PROMOTERS).recorder
    account = recorder.one("ServiceAccount").inputs["metadata"]
    assert account["name"] == NAME
    assert json.loads(account["annotations"]["rbac.kargo.akuity.io/claims"]) == {"groups": ["release", "on-call"]}
    bindings = [binding.inputs for binding in recorder.of_type("RoleBinding")]
    assert {binding["metadata"]["name"]: binding["roleRef"]["name"] for binding in bindings} == {
        NAME: NAME,
        f"{NAME}-view": "kargo-viewer",
    }
    for binding in bindings:
        assert binding["roleRef"]["kind"] == "Role"
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": NAME, "namespace": "backstage"}]
        assert binding["metadata"]["namespace"] == "backstage"


def test_a_group_in_two_stages_has_a_role_in_each():
    recorder = run("dev", stages(*[{"name": name, "promoters": ["platform"]} for name in ("dev", "qa")])).recorder
    named = {role.inputs["metadata"]["name"]: role.inputs["rules"][0] for role in recorder.of_type("Role")}
    assert {name: rule["resourceNames"] for name, rule in named.items()} == {
        "backstage-dev-promoters": ["backstage-dev"],
        "backstage-qa-promoters": ["backstage-qa"],
    }


def test_what_is_registered_is_what_the_doctor_compares():
    kinds = ("ServiceAccount", "Role", "RoleBinding")
    of = stack(Stage(name="dev", promoters=("platform",)))
    compared = [(m["kind"], m["metadata"]["name"]) for m in manifests(of) if m["kind"] in kinds]
    recorder = run("dev", stages({"name": "dev", "promoters": ["platform"]})).recorder
    registered = [(kind, r.inputs["metadata"]["name"]) for kind in kinds for r in recorder.of_type(kind)]
    assert sorted(compared) == sorted(registered)
    assert len(compared) == 4


def test_without_groups_nobody_gets_a_role():
    recorder = run("dev", stages({"name": "dev", "promoters": []})).recorder
    assert [found.type for found in recorder.resources if found.type.endswith(("Role", "RoleBinding", "Roles"))] == []


def test_the_longest_name_of_a_stage_leaves_room_for_the_names_of_its_objects():
    name = "d" * (63 - len("backstage-"))
    found = load(stages({"name": name, "promoters": ["platform"]})).stack
    names = [m["metadata"]["name"] for m in manifests(found) if m["kind"] in ("ServiceAccount", "Role", "RoleBinding")]
    assert len(names) == 4
    # Kubernetes allows a subdomain of DNS.
    assert max(len(name) for name in names) <= 253


STAGE = "pipelines[0].stages[0].promoters"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (stages({"name": "dev", "promoters": "platform"}), f"{STAGE}: not a list; write `- ` lines below it"),
        (
            stages({"name": "dev", "promoters": [" "]}),
            f"{STAGE}[0]: empty; write a value, or remove the key",
        ),
        (
            stages({"name": "dev", "promoters": [NULL]}),
            f"{STAGE}[0]: empty; write a value, or remove the key",
        ),
        (
            {
                "kargo": {"roles": {"promoter": ["admins", "platform"]}},
                **stages({"name": "dev", "promoters": ["release", "platform"]}),
            },
            f"{STAGE}[1]: has no effect, since kargo.roles.promoter[1] is the same group; remove one of them",
        ),
    ],
)
def test_promoters_that_mean_nothing_are_refused(changes, line):
    assert lines(changes) == [line]


def test_a_viewer_of_the_project_may_promote_to_a_stage():
    changes = {"kargo": {"roles": {"viewer": ["team"]}}, **stages({"name": "dev", "promoters": ["team"]})}
    assert load(changes).stack.pipelines[0].stages[0].promoters == ("team",)
