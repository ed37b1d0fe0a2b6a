"""What a preview would do, read from the engine's JSON."""

import json
from typing import Any

from ops.plan import read

URN = "urn:pulumi:dev::kargo-backstage::kargo-backstage:index:BackstagePipeline$kubernetes:kargo.akuity.io/v1alpha1:"


def step(op: str, kind: str = "Warehouse", name: str = "w", old: Any = None, new: Any = None) -> dict[str, Any]:
    states = {"oldState": {"inputs": old}, "newState": {"inputs": new}}
    return {"op": op, "urn": f"{URN}{kind}::{name}", **states}


def plan(*steps: dict[str, Any], **more: Any):
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
