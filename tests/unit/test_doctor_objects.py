"""Findings of the doctor for objects that differ from the stack's file."""

from collections.abc import Callable
from typing import Any

import pytest

from kargo.manifests import manifests
from kargo.names import KARGO_API
from ops.doctor import objects, stages, warehouses
from tests.unit.doctor import look, stack, subject, written

PROJECT = f"/apis/{KARGO_API}/namespaces/project"
TASK = f"{PROJECT}/promotiontasks/commit-image"
EDIT = "kubectl --context test --namespace project edit"
AGAIN = "pulumi up --refresh --stack dev"


def changed(kind: str, name: str, change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    live = written(kind, name, status={})
    change(live)
    return live


def test_a_promotion_task_that_was_deleted_is_missing():
    found = look(objects.checks(subject()), "PromotionTask commit-image")
    assert (found.verdict, found.found, found.advice) == ("failed", "missing", AGAIN)


def test_a_promotion_task_as_written_is_fine():
    live = written("PromotionTask", "commit-image")
    assert look(objects.checks(subject({TASK: live})), "PromotionTask commit-image").verdict == "ok"


@pytest.mark.parametrize(
    ("change", "says", "advice"),
    [
        (lambda o: o["spec"]["steps"][3].update(uses="git-clone"), "spec.steps[3].uses differs", AGAIN),
        (lambda o: o["spec"]["steps"].pop(), "spec.steps[20] differs", AGAIN),
        (
            lambda o: o["spec"]["steps"].append({"uses": "http"}),
            "spec.steps[21] was added",
            f"remove spec.steps[21]: {EDIT} promotiontask commit-image",
        ),
        (
            lambda o: o["spec"]["steps"][0].update({"if": "${{ false }}"}),
            "spec.steps[0].if was added",
            f"remove spec.steps[0].if: {EDIT} promotiontask commit-image",
        ),
    ],
)
def test_steps_that_somebody_changed_are_named(change, says, advice):
    live = changed("PromotionTask", "commit-image", change)
    found = look(objects.checks(subject({TASK: live})), "PromotionTask commit-image")
    assert (found.verdict, found.found, found.advice) == ("failed", says, advice)


def test_a_stages_variable_that_somebody_changed_is_named():
    def change(live: dict[str, Any]) -> None:
        live["spec"]["promotionTemplate"]["spec"]["steps"][0]["vars"][0]["value"] = "another-branch"

    live = changed("Stage", "backstage-dev", change)
    found = look(stages.checks(subject({f"{PROJECT}/stages/backstage-dev": live})), "Stage backstage-dev")
    assert found.found == "spec.promotionTemplate.spec.steps[0].vars[0].value differs"
    assert "another-branch" not in repr(found)


def test_a_shard_that_somebody_set_is_named():
    live = changed("Warehouse", "backstage", lambda o: o["spec"].update(shard="elsewhere"))
    found = look(warehouses.checks(subject({f"{PROJECT}/warehouses/backstage": live})), "Warehouse backstage")
    assert (found.found, found.advice) == ("spec.shard was added", f"remove spec.shard: {EDIT} warehouse backstage")


def test_many_differences_are_counted():
    def change(live: dict[str, Any]) -> None:
        for step in live["spec"]["steps"]:
            step["as"] = "x"

    found = look(
        objects.checks(subject({TASK: changed("PromotionTask", "commit-image", change)})), "PromotionTask commit-image"
    )
    assert found.found.endswith("spec.steps[3].as differs and 17 more")


def test_every_object_of_a_stack_has_one_row():
    """The other kinds have rows in their own modules."""
    kinds = {m["kind"] for m in manifests(stack())}
    rows = {name.split()[0] for name, _ in objects.checks(subject())}
    assert kinds - rows == {"Namespace", "Project", "ProjectConfig", "Secret", "ExternalSecret", "Warehouse", "Stage"}
