"""The `whenExpression`, evaluated by Kargo's own engine on deliveries recorded from Gitea, matches the right ones."""

import json
from pathlib import Path
from typing import Any

import pytest
from components.delivery_proof import package_event
from components.webhook_receivers import package_push_expression
from registries import GiteaRegistry

from sandbox.standins.controllers.kargo import WhenExpressions

pytestmark = pytest.mark.contract

_FIXTURES = Path(__file__).parents[1] / "fixtures" / "deliveries"
_REGISTRY = GiteaRegistry("gitea.example.com", "GiteaAdmin", "backstage-cnoe")
_EXPECTED = {
    "single-arch": [True],
    "same-tag-again": [True],
    "multi-arch": [False, False, True],
    "other-image": [False],
    "tag-deleted": [False],
    "generic-package": [False],
}


@pytest.fixture(scope="module")
def expressions(sandbox):
    engine = WhenExpressions(sandbox.programs["whenexpr"])
    yield engine
    engine.close()


def matches(expressions: WhenExpressions, body: Any, event: str = "package") -> bool:
    return expressions.matches(package_push_expression(_REGISTRY), {"X-Gitea-Event": event}, body)


def test_every_recorded_delivery_is_expected_here():
    assert {path.stem for path in _FIXTURES.glob("*.json")} == set(_EXPECTED)


@pytest.mark.parametrize("name", _EXPECTED)
def test_exactly_the_pushed_tags_of_the_image_match(expressions, name):
    deliveries = json.loads((_FIXTURES / f"{name}.json").read_text())
    assert [matches(expressions, delivery["body"]) for delivery in deliveries] == _EXPECTED[name]


def test_another_owner_and_another_event_do_not_match(expressions):
    assert matches(expressions, package_event("giteaadmin", "backstage-cnoe", "v1"))
    assert not matches(expressions, package_event("somebody", "backstage-cnoe", "v1"))
    assert not matches(expressions, package_event("giteaadmin", "backstage-cnoe", "v1"), event="push")


@pytest.mark.parametrize("body", [None, {}, {"package": None}, {"action": "created", "package": {"owner": None}}])
def test_a_body_of_another_shape_is_no_error(expressions, body):
    assert not matches(expressions, body)
