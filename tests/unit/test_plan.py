"""What a preview would do, read from the engine's JSON."""

import json
from typing import Any

import pytest

from ops.plan import Plan, read

URN = "urn:pulumi:dev::kargo-backstage::kargo-backstage:index:BackstagePipeline$kubernetes:kargo.akuity.io/v1alpha1:"


def step(op: str, kind: str = "Warehouse", name: str = "w", old: Any = None, new: Any = None) -> dict[str, Any]:
    states = {"oldState": {"inputs": old}, "newState": {"inputs": new}}
    return {"op": op, "urn": f"{URN}{kind}::{name}", **states}


def plan(*steps: dict[str, Any], **more: Any) -> Plan:
    return read("dev", json.dumps({"steps": list(steps), **more}))


def test_what_is_lost_comes_first_and_what_stays_is_left_out():
    found = plan(
        step("create", name="c"), step("same"), step("update", name="u"), step("delete", name="d"), step("replace")
    )
    assert [(s.op, s.name) for s in found.steps] == [
        ("delete", "d"),
        ("replace", "w"),
        ("create", "c"),
        ("update", "u"),
    ]
    assert {s.kind for s in found.steps} == {"Warehouse"}


def test_each_input_that_differs_is_a_change_with_its_path():
    old = {"spec": {"interval": "5m0s", "tags": ["a", "b"], "limit": 20}, "__provider": "x"}
    new = {"spec": {"interval": "1h0m0s", "tags": ["a"], "limit": 20, "shard": "west"}, "__provider": "y"}
    (found,) = plan(step("update", old=old, new=new)).steps
    assert [(c.path, c.old, c.new) for c in found.changes] == [
        ("spec.interval", "5m0s", "1h0m0s"),
        ("spec.shard", None, "west"),
        ("spec.tags[1]", "b", None),
    ]


def test_a_secret_that_changes_shows_no_change():
    masked = {"stringData": {"secret": "[secret]"}}
    (found,) = plan(step("update", old=masked, new=masked)).steps
    assert found.changes == ()


def test_a_value_that_only_up_will_know_says_so():
    (found,) = plan(step("update", old={"url": "a"}, new={"url": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"})).steps
    assert found.changes[0].new == "(known after up)"


def test_a_step_has_the_engines_name_of_its_resource():
    (found,) = plan(step("update", kind="Stage")).steps
    assert found.urn == f"{URN}Stage::w"


def test_errors_are_the_lines_that_people_get():
    said = [
        {"message": "error: the configuration of stack 'dev' cannot be used\n\n", "severity": "info#err"},
        {"message": "  pipelines[0].image: contains a tag\n", "severity": "info#err"},
        {"message": "using pulumi-resource-x", "severity": "info"},
    ]
    assert plan(diagnostics=said).errors == (
        "the configuration of stack 'dev' cannot be used",
        "  pipelines[0].image: contains a tag",
    )


def test_an_engine_that_does_not_begin_says_why():
    assert read("dev", "", "error: no stack named 'dev' found\n").errors == ("error: no stack named 'dev' found",)
    assert read("dev", "{}", "error: passphrase must be set\n").errors == ("error: passphrase must be set",)
    assert read("dev", "").errors == ("the engine printed nothing",)


STEPS = {"op": "update", "uses": "git-clone"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Loading policy packs...\n", ""),
        ("", "Policy Packs run:\n    acme (v1.0.0)\n"),
        ('Installing policy pack acme {v1}...\n{"name": "acme", "enabled": true}\n', '{"steps": 3}\n'),
        ("[resource plugin azure-native-3.29] installing", " done {"),
        ("{'a': 1} {{}} {\n", "}\n"),
        (json.dumps({"steps": [STEPS]}), ""),
        ("", "\n".join("Policy violation: {" for _ in range(100))),
    ],
)
def test_text_around_the_json_is_ignored(before, after):
    printed = json.dumps({"steps": [step("update")], "changeSummary": {"update": 1}}, indent=4)
    found = read("dev", f"{before}{printed}{after}", "warning: a policy was violated\n")
    assert [(s.op, s.name) for s in found.steps] == [("update", "w")]
    assert found.errors == ()


def test_a_json_that_is_cut_is_no_plan():
    inputs = {"spec": {"steps": [STEPS]}, "diagnostics": True, "changeSummary": {}}
    printed = json.dumps({"steps": [step("update", new=inputs), step("create")]}, indent=4)
    for end in range(len(printed) - 1):
        assert read("dev", printed[:end], "error: killed").errors == ("error: killed",)


def test_a_failure_that_the_json_does_not_contain_is_the_engines_own_line():
    printed = json.dumps({"steps": [step("update")], "diagnostics": [{"message": "hello", "severity": "info"}]})
    assert read("dev", printed, "error: preview failed: mandatory policy\n", 255).errors == (
        "error: preview failed: mandatory policy",
    )
    assert read("dev", printed, "", 1).errors == ("the engine printed no reason; run pulumi preview to see it",)
    assert read("dev", printed, "warning: a new version is available\n", 0).errors == ()


@pytest.mark.parametrize("refreshed", ["refresh", "delete"])
def test_an_object_that_somebody_deleted_is_recreated_and_not_deleted(refreshed):
    """The refresh does not find it, and the program creates it again: two steps of one URN."""
    names = [("refresh", "kept"), (refreshed, "gone"), ("same", "kept"), ("create", "gone")]
    found = plan(*(step(op, name=name) for op, name in [*names, ("delete", "removed"), ("create", "new")]))
    assert [(s.op, s.name) for s in found.steps] == [("delete", "removed"), ("recreate", "gone"), ("create", "new")]
    assert [s.name for s in found.lost] == ["removed"]


def test_two_kinds_of_one_name_are_two_objects():
    found = plan(step("delete", kind="Stage"), step("refresh", kind="Stage"), step("create", kind="Warehouse"))
    assert [s.op for s in found.steps] == ["delete", "create"]


@pytest.mark.parametrize(
    ("op", "shown"),
    [("import", "import"), ("import-replacement", "replace"), ("create-replacement", "replace"), ("update", "update")],
)
def test_each_operation_has_its_own_word(op, shown):
    (found,) = plan(step(op, old={}, new={"a": "b"})).steps
    assert (found.op, bool(found.changes)) == (shown, shown in ("replace", "update"))
