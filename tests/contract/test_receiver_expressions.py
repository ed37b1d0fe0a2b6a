"""The packages receiver's expressions, evaluated by Kargo's own engine on deliveries recorded from Gitea."""

import json
from pathlib import Path
from typing import Any

import pytest

from clients.receiver import package_event
from kargo.receivers import refresh_pushed_image
from kargo.warehouse import warehouse_spec
from model.pipeline import Pipeline
from model.stage import Stage
from sandbox.standins.controllers.kargo.generic_receiver import GenericReceiver
from sandbox.standins.controllers.kargo.libraries import Libraries
from tests.unit.values import GITEA

pytestmark = pytest.mark.contract

_FIXTURES = Path(__file__).parents[1] / "fixtures" / "deliveries"
_IMAGES = ("backstage", "backstage-cnoe", "backstage-cnoe-docs")
# Which Warehouse each of the deliveries refreshes; the names of the images begin alike.
_EXPECTED: dict[str, list[list[str]]] = {
    "single-arch": [["backstage-cnoe"]],
    "same-tag-again": [["backstage-cnoe"]],
    "multi-arch": [[], [], ["backstage-cnoe"]],
    "other-image": [["backstage-cnoe-docs"]],
    "tag-deleted": [[]],
    "generic-package": [[]],
}


def warehouse(image: str) -> dict[str, Any]:
    """Return the Warehouse of a pipeline that has the image's name."""
    pipeline = Pipeline(name=image, image=image, stages=(Stage(name="dev"),))
    return {"metadata": {"namespace": "project", "name": image}, "spec": warehouse_spec(pipeline, GITEA)}


def refreshed(libraries: Libraries, body: Any, event: str = "package") -> list[str]:
    """Return the names of the Warehouses that a delivery refreshes."""
    names: list[str] = []

    def refresh(target: dict[str, Any]) -> bool:
        names.append(target["metadata"]["name"])
        return True

    warehouses = [warehouse(image) for image in _IMAGES]
    receiver = GenericReceiver([refresh_pushed_image(GITEA)], libraries, lambda: warehouses, refresh)
    receiver.handle({"headers": {"X-Gitea-Event": event}, "body": body})
    return names


def test_every_recorded_delivery_is_expected_here():
    assert {path.stem for path in _FIXTURES.glob("*.json")} == set(_EXPECTED)


@pytest.mark.parametrize("name", _EXPECTED)
def test_a_recorded_delivery_refreshes_the_pushed_images_warehouse_alone(libraries, name):
    deliveries = json.loads((_FIXTURES / f"{name}.json").read_text())
    assert [refreshed(libraries, delivery["body"]) for delivery in deliveries] == _EXPECTED[name]


def test_another_owner_another_event_and_another_image_refresh_nothing(libraries):
    assert refreshed(libraries, package_event("giteaadmin", "backstage", "v1")) == ["backstage"]
    assert refreshed(libraries, package_event("GiteaAdmin", "backstage", "v1")) == ["backstage"]
    assert refreshed(libraries, package_event("somebody", "backstage", "v1")) == []
    assert refreshed(libraries, package_event("giteaadmin", "backstage", "v1"), event="push") == []
    assert refreshed(libraries, package_event("giteaadmin", "nextjs", "v1")) == []


@pytest.mark.parametrize("body", [None, {}, {"package": None}, {"action": "created", "package": {"owner": None}}])
def test_a_body_of_another_shape_is_no_error(libraries, body):
    when = refresh_pushed_image(GITEA)["whenExpression"]
    request = {"headers": {"X-Gitea-Event": "package"}, "body": body}
    assert libraries.ask("when", expression=when, request=request) is False
