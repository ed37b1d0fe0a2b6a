"""Steps with a fault in them: how the Promotion ends, at which step, and with which reason."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.target import Target, steps
from tests.e2e.test_promotion import promote

pytestmark = pytest.mark.e2e

Steps = dict[str, dict[str, Any]]


def _other_file(found: Steps) -> None:
    found["json-update"]["config"]["path"] = "./gitops/absent.json"


def _misspelt_field(found: Steps) -> None:
    (update,) = found["json-update"]["config"]["updates"]
    update["value"] = update["value"].replace(".Tag", ".Tga")


def _other_image(found: Steps) -> None:
    (update,) = found["json-update"]["config"]["updates"]
    update["value"] = "${{ imageFrom('example.org/other').Tag }}"


def _no_boolean(found: Steps) -> None:
    found["git-push"]["if"] = "${{ status('commit') }}"


def _other_branch(found: Steps) -> None:
    found["git-clone"]["config"]["checkout"][0]["branch"] = "absent"


_UPDATE = {"git-clone": "Succeeded", "json-update": "Errored", "git-commit": "Skipped", "git-push": "Skipped"}
_FAULTS: dict[str, tuple[Callable[[Steps], None], dict[str, str], str]] = {
    "another-file": (_other_file, _UPDATE, "no such file"),
    "misspelt-field": (_misspelt_field, _UPDATE, "has no field tga"),
    "another-image": (_other_image, _UPDATE, "failed to get step config"),
    "no-boolean": (
        _no_boolean,
        {**dict.fromkeys(("git-clone", "json-update", "git-commit"), "Succeeded"), "git-push": "Errored"},
        "must evaluate to a boolean",
    ),
    "another-branch": (
        _other_branch,
        {"git-clone": "Errored", **dict.fromkeys(("json-update", "git-commit", "git-push"), "Skipped")},
        "absent",
    ),
}


@pytest.fixture(scope="session")
def sound(target: Target) -> list[dict[str, Any]]:
    """Return the steps of a Stage whose Promotion succeeded."""
    faulty = target.pipeline("faulty")
    faulty.push("v1")
    promotion = faulty.wait_for_end("dev", "v1")
    assert promotion["status"]["phase"] == "Succeeded", promotion["status"]
    found: list[dict[str, Any]] = target.get("Stage", "faulty-dev")["spec"]["promotionTemplate"]["spec"]["steps"]
    return found


@pytest.mark.parametrize("name", _FAULTS)
def test_a_fault_ends_the_promotion_at_its_step_and_says_why(target, sound, name):
    spoil, expected, reason = _FAULTS[name]
    faulty, before = target.pipeline("faulty"), target.images_text()
    broken = copy.deepcopy(sound)
    spoil({step["uses"]: step for step in broken})
    # Its key is another one, so that there is something to commit.
    next(s for s in broken if s["uses"] == "json-update")["config"]["updates"][0]["key"] = f"dev.{name}"
    stage = copy.deepcopy(target.get("Stage", "faulty-dev"))
    stage["metadata"] = {"name": f"faulty-{name}", "namespace": target.project}
    stage["spec"]["promotionTemplate"] = {"spec": {"steps": broken}}
    stage.pop("status")
    assert target.objects.create(stage)
    promotion = promote(faulty, f"faulty-{name}", "v1")
    status = promotion["status"]
    assert (status["phase"], steps(promotion)) == ("Errored", expected), status
    assert reason in status["message"].lower()
    assert target.images_text() == before
