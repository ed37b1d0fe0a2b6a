"""Kargo's own libraries agree with the check of an images file: what the steps of a Promotion do with each file."""

import json
from typing import Any

import pytest

from kargo.steps import checked_out
from sandbox.standins.controllers.kargo.libraries import Libraries
from tests.unit.test_images_file import FILES
from tests.unit.values import REPOSITORY

pytestmark = pytest.mark.contract

_REFERENCE = "registry.example.com/team/app:v2"
_VARS = {"vars": {"key": "dev.app", "reference": _REFERENCE}}


def promoted(libraries: Libraries, text: str) -> str | None:
    """Return the file that the steps commit; None if the Promotion fails."""
    steps = checked_out("./f", "main", "i.json", "${{ vars.key }}", "${{ vars.reference }}", "m", REPOSITORY)
    by_name: dict[str, Any] = {step["as"]: step.get("config") for step in steps}

    def parsed(name: str, content: str) -> bool:
        (output,) = by_name[name]["outputs"]
        asked = libraries.ask("value", template=output["fromExpression"], promotion=_VARS)
        try:
            libraries.ask("parse", json=content, expression=asked)
        except ValueError:
            return False
        return True

    if not parsed("read", text):
        # `create-file` fails, because the file exists: nothing is set.
        return text if parsed("verify", text) else None
    (update,) = libraries.ask("value", template=by_name["set"]["updates"], promotion=_VARS)
    after = libraries.with_value(text, update["key"], update["value"])
    return after if parsed("verify", after) else None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["text"])
def test_a_promotion_fails_exactly_for_the_files_that_are_refused(libraries, file):
    committed = promoted(libraries, file["text"])
    assert (committed is None) == (file["problem"] is not None)
    if committed is not None:
        before, after = json.loads(file["text"]), json.loads(committed)
        assert after["dev"].pop("app") == _REFERENCE
        (before.get("dev") or {}).pop("app", None)
        assert after == {**before, "dev": before.get("dev") or {}}
