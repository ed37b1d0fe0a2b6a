"""Own promotion steps of a Stage in Kargo's objects: their fields, and their places around this program's steps."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from kargo.commit_task import NAME, commit_task_spec
from kargo.steps import CHECKOUT
from model.own_steps import OwnSteps, PromotionStep, TaskReference
from model.stage import Application, ArgoCD, HttpCheck, PullRequest, Stage
from model.types.step_names import BUILT_IN, StepName
from tests.unit.test_specs import steps_of
from tests.unit.types import accepts
from tests.unit.values import GHCR, REPOSITORY

# Every field of a step, as in a stack's file.
WHOLE: dict[str, Any] = {
    "as": "ask",
    "uses": "http",
    "if": "${{ status('read-note') == 'Succeeded' }}",
    "continueOnError": True,
    "retry": {"errorThreshold": 3, "timeout": "1h"},
    "vars": [{"name": "page", "value": "${{ ctx.stage }}"}],
    "config": {"url": "https://host/${{ vars.page }}", "headers": [{"name": "a", "value": "b"}], "n": [1, True, None]},
}
TASK = {"as": "ticket", "task": {"name": "open-ticket"}, "vars": [{"name": "title", "value": "t"}]}
CLUSTER_TASK = {"as": "audit", "task": {"name": "audit", "kind": "ClusterPromotionTask"}}
WAYS: list[dict[str, Any]] = [
    {},
    {"promote_by": "pullRequest"},
    {"promote_by": "pullRequest", "pull_request": PullRequest(merge=True)},
]
EVERYTHING: dict[str, Any] = {
    "argo_cd": ArgoCD(apps=(Application(name="a"),)),
    "http_check": HttpCheck(url="https://h/ok"),
    "publish": True,
}


def own(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> OwnSteps:
    """Return the own steps of a stack's file."""
    return OwnSteps.model_validate({"before": before, "after": after}, by_alias=True, by_name=False)


def named(*names: str) -> list[dict[str, Any]]:
    return [{"as": name, "uses": "fail"} for name in names]


def everything(**fields: Any) -> list[dict[str, Any]]:
    """Return the steps of a Stage with everything that this program adds."""
    return steps_of(Stage(name="dev", **EVERYTHING, **fields), publish_to=GHCR)


def of_this_program() -> list[dict[str, Any]]:
    """Return the steps of the PromotionTask, and of every way to promote."""
    return [*commit_task_spec(REPOSITORY)["steps"], *(step for way in WAYS for step in everything(**way))]


def test_a_step_has_the_fields_that_are_set_as_they_are_written():
    whole, task, cluster_task, bare, _ = steps_of(
        Stage(name="dev", steps=own([WHOLE, TASK, CLUSTER_TASK, {"as": "stop", "uses": "fail", "retry": {}}], []))
    )
    assert whole == {**WHOLE, "retry": {"errorThreshold": 3, "timeout": "1h0m0s"}}
    assert task == TASK
    assert cluster_task == CLUSTER_TASK
    assert bare == {"as": "stop", "uses": "fail"}


@pytest.mark.parametrize("way", WAYS)
def test_own_steps_are_the_first_and_the_last(way):
    ours = [step["as"] for step in everything(**way)]
    assert ours[-3:] == ["argocd", "check", "publish"]
    steps = everything(steps=own(named("a", "b"), named("c", "d")), **way)
    assert [step["as"] for step in steps] == ["a", "b", *ours, "c", "d"]


def test_the_name_of_every_step_of_this_program_is_refused():
    ours = {step["as"] for step in of_this_program()} | {"notify-failed", "notify-succeeded"}
    assert ours > {"commit", "push-2", "open-pr", "merge-pr", "wait-for-pr", "publish"}
    assert [name for name in ours if accepts(TypeAdapter(StepName), name)] == []


def test_every_step_of_this_program_is_one_of_open_source_kargo():
    assert len(BUILT_IN) == len(set(BUILT_IN)) == 34
    assert {step["uses"] for step in of_this_program() if "uses" in step} <= {*BUILT_IN}


def test_the_names_of_the_task_and_of_its_folders_are_known_to_the_model():
    assert [*TaskReference.model_construct(name=NAME).problems()]
    assert not [*TaskReference.model_construct(name=NAME, kind="ClusterPromotionTask").problems()]
    folders = {step["config"]["path"] for step in of_this_program() if step.get("uses") == "git-push"}
    assert CHECKOUT in folders
    assert len(folders) == 3
    for folder in folders:
        clone = {"as": "a", "uses": "git-clone", "config": {"checkout": [{"path": folder}]}}
        step = PromotionStep.model_validate(clone, by_alias=True, by_name=False)
        assert [*OwnSteps.model_construct(before=(step,)).problems()]


def test_a_stage_without_own_steps_has_none():
    assert [step["as"] for step in steps_of(Stage(name="dev"))] == ["commit"]
