"""Own promotion steps: Kargo's libraries read the templates that the model accepts, and those of the documentation."""

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from pydantic_core import PydanticCustomError

from config.project import ROOT
from model.types.templates import parsed
from sandbox.standins.controllers.kargo.libraries import Libraries
from tests.unit.configuration import load, pipeline

pytestmark = pytest.mark.contract

FIXTURE: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "fixtures" / "own_steps.yaml").read_text())
EACH = 3000
SEEN: dict[str, Any] = {
    "context": {"stage": "backstage-dev", "targetFreight": {"name": "0123456789abcdef"}},
    "outputs": {"login": {"token": "t"}},
    "vars": {"host": "host", "key": "k", "page": "p"},
    "secrets": {name: dict.fromkeys(("b", "token", "user", "password"), "s") for name in ("a", "chat", "calendar")},
    "statuses": {"calendar": "Succeeded"},
}
# Errors of delimiters, quotes and comments (Kargo 1.11, expr-lang 1.17).
UNREADABLE = ("unclosed expression", "not terminated", "unclosed comment")


def evaluated(libraries: Libraries, template: Any) -> Any:
    return libraries.ask("value", template=template, promotion=SEEN)


def is_accepted(text: str) -> bool:
    try:
        parsed(text)
    except PydanticCustomError:
        return False
    return True


def reason(libraries: Libraries, text: str) -> str | None:
    """Return the error with which Kargo's libraries refuse a template; None if they evaluate it."""
    try:
        evaluated(libraries, text)
    except ValueError as error:
        return str(error)
    return None


# `sharedSecret` is not imitated.
@pytest.mark.parametrize(
    "value", [value for value in FIXTURE["accepted"] if "sharedSecret" not in json.dumps(value)], ids=repr
)
def test_a_value_that_the_model_accepts_is_evaluated(libraries, value):
    assert "${{" not in json.dumps(evaluated(libraries, {"a": value}))


@pytest.mark.parametrize(
    "row", [row for row in FIXTURE["refused"] if row["message"] in ("unclosed", "empty", "within")], ids=repr
)
def test_a_template_that_the_model_refuses_is_refused_there_too(libraries, row):
    assert reason(libraries, row["value"])


def test_random_templates_are_read_alike(libraries):
    random, accepted, alone = Random("templates 1"), 0, []
    for _ in range(EACH):
        text = "".join(random.choices(FIXTURE["pieces"], k=random.randint(1, 9)))
        problem = reason(libraries, text)
        if is_accepted(text):
            accepted += 1
            assert not problem or not any(words in problem for words in UNREADABLE), (text, problem)
        elif problem is None:
            alone.append(text)
    assert accepted > EACH / 10
    assert alone == []


def documented() -> list[dict[str, Any]]:
    """Return the own steps of the example in the documentation, as the Stage has them."""
    page = (ROOT / "docs" / "pipelines.md").read_text().partition("\n## Your own steps\n")[2]
    example = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0])
    (stage,) = load(pipeline(**example), preview=True).stack.pipelines[0].stages
    return [step.config or {} for _, step in stage.steps.by_path]


def test_the_example_in_the_documentation_is_evaluated(libraries):
    calendar, announce = (evaluated(libraries, config) for config in documented())
    assert calendar["url"] == "https://calendar.example.com/api/backstage-dev"
    assert announce["headers"][0] == {"name": "Authorization", "value": "Bearer s"}
    assert json.loads(announce["body"]) == {
        "channel": "deployments",
        "text": "backstage-dev runs Freight 0123456789abcdef",
    }
    for status, is_open in ((200, True), (200, False), (500, True)):
        response = {"status": status, "body": {"open": is_open}}
        asked = {"environment": {"response": response}}
        assert libraries.ask("expression", expression=calendar["successExpression"], **asked) is is_open
        assert libraries.ask("expression", expression=calendar["failureExpression"], **asked) is (status == 500)
        assert libraries.ask("expression", expression=announce["successExpression"], **asked) is (status == 200)


def test_a_condition_is_true_or_false(libraries):
    assert evaluated(libraries, "${{ status('calendar') == 'Succeeded' }}") is True
    # Kargo refuses a condition that is text, as the model does.
    assert evaluated(libraries, "status('calendar') == 'Succeeded'") == "status('calendar') == 'Succeeded'"
    assert evaluated(libraries, "${{ true }} && ${{ false }}") == "true && false"
