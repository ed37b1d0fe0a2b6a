"""Promotions with a faulty step: the phase, the step and the reason at their end."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.target import Target, steps
from tests.e2e.test_promotion import promote

pytestmark = pytest.mark.e2e

Steps = dict[str, dict[str, Any]]


def _misspelt_field(found: Steps) -> None:
    _variable(found, "reference", lambda value: value.replace(".Tag", ".Tga"))


def _other_image(found: Steps) -> None:
    _variable(found, "reference", lambda _: "${{ imageFrom('example.org/other').Tag }}")


def _other_branch(found: Steps) -> None:
    _variable(found, "branch", lambda _: "absent")


def _no_boolean(found: Steps) -> None:
    found["push"]["if"] = "${{ status('commit') }}"


def _variable(found: Steps, name: str, change: Callable[[str], str]) -> None:
    for step in found.values():
        for variable in step["vars"]:
            if variable["name"] == name:
                variable["value"] = change(variable["value"])


_ALL = ("clone", "read", "create-file", "set", "verify", "commit", "push")
# Variables are evaluated again for each step.
_EACH = dict.fromkeys(_ALL, "Errored")
_FAULTS: dict[str, tuple[Callable[[Steps], None], dict[str, str], str]] = {
    "misspelt-field": (_misspelt_field, _EACH, "has no field tga"),
    "another-image": (_other_image, _EACH, "failed to get step config"),
    "another-branch": (_other_branch, {"clone": "Errored"}, "absent"),
    "no-boolean": (
        _no_boolean,
        {**dict.fromkeys(("clone", "read", "set", "verify", "commit"), "Succeeded"), "push": "Errored"},
        "must evaluate to a boolean",
    ),
}


@pytest.fixture(scope="session")
def sound(target: Target) -> list[dict[str, Any]]:
    """Return the steps of a successful Promotion: the first try of the task, with the variables of its Stage."""
    faulty = target.pipeline("faulty")
    faulty.push("v1")
    promotion = faulty.wait_for_end("dev", "v1")
    assert promotion["status"]["phase"] == "Succeeded", promotion["status"]
    found: list[dict[str, Any]] = copy.deepcopy(promotion["spec"]["steps"][: len(_ALL)])
    for step in found:
        step["as"] = step["as"].removeprefix("commit::")
        step.get("retry", {})["errorThreshold"] = 1
        step.pop("continueOnError", None)
    return found


@pytest.mark.parametrize("name", _FAULTS)
def test_a_fault_ends_the_promotion_at_its_step_with_the_reason(target, sound, name):
    spoil, expected, reason = _FAULTS[name]
    faulty, before = target.pipeline("faulty"), target.images_text()
    broken = copy.deepcopy(sound)
    # Another key, so that there is a change to commit.
    _variable({step["as"]: step for step in broken}, "key", lambda _: f"dev.{name}")
    spoil({step["as"]: step for step in broken})
    stage = copy.deepcopy(target.get("Stage", "faulty-dev"))
    stage["metadata"] = {"name": f"faulty-{name}", "namespace": target.project}
    stage["spec"]["promotionTemplate"] = {"spec": {"steps": broken}}
    stage.pop("status")
    assert target.objects.create(stage)
    promotion = promote(faulty, f"faulty-{name}", "v1")
    status = promotion["status"]
    assert (status["phase"], steps(promotion)) == ("Errored", {**dict.fromkeys(_ALL, "Skipped"), **expected}), status
    assert reason in status["message"].lower()
    assert target.images_text() == before
