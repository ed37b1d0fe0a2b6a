"""Renames of a Stage and a pipeline in use, and a destroy."""

import json
import time
from typing import Any

import pytest

from tests.e2e.conftest import DEV, deployed
from tests.e2e.target import Target, steps, wait

pytestmark = pytest.mark.e2e


def rewrite(target: Target, **fields: Any) -> set[tuple[str, str]]:
    """Change the stack's only pipeline, and deploy; return the steps for Stages and Warehouses: operation and name."""
    (pipeline,) = target.stack.project.configuration()["config"]["kargo-backstage:pipelines"]
    target.stack.project.replace("pipelines", [{**pipeline, **fields}])
    planned = json.loads(target.pulumi("preview", "--json"))["steps"]
    target.up()
    kinds = ("v1alpha1:Stage", "v1alpha1:Warehouse")
    changed = [step for step in planned if step["op"] != "same" and step["urn"].split("::")[2].endswith(kinds)]
    return {(step["op"], step["urn"].rpartition("::")[2]) for step in changed}


def names(target: Target, kind: str) -> list[str]:
    return [live["metadata"]["name"] for live in target.all(kind)]


def test_a_renamed_stage_is_created_and_the_old_one_deleted_and_freight_stays(passing):
    backstage = passing.pipeline("backstage")
    backstage.push("v1")
    backstage.wait_for_commit("v1")
    before = passing.get("Warehouse", "backstage")["metadata"]["uid"]
    renamed = {**DEV, "name": "development", "environment": "dev"}
    assert rewrite(passing, stages=[renamed]) == {
        ("create", "backstage-stage-development"),
        ("delete", "backstage-stage-dev"),
    }
    assert names(passing, "Stage") == ["backstage-development"]
    assert passing.get("Warehouse", "backstage")["metadata"]["uid"] == before
    assert list(backstage.freight()) == ["v1"]
    backstage.wait_for_end("development", "v1")
    assert backstage.deployed() == "v1"
    backstage.push("v2")
    backstage.wait_for_commit("v2")
    passing.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_renamed_pipeline_is_created_and_the_old_one_deleted(passing):
    backstage = passing.pipeline("backstage")
    backstage.push("v1")
    backstage.wait_for_commit("v1")
    image = backstage.image.rpartition("/")[2]
    assert rewrite(passing, name="portal", image=image, app="backstage") == {
        ("create", "portal-warehouse"),
        ("create", "portal-stage-dev"),
        ("delete", "backstage-warehouse"),
        ("delete", "backstage-stage-dev"),
    }
    assert names(passing, "Warehouse") == ["portal"]
    assert names(passing, "Stage") == ["portal-dev"]
    # Freight belongs to a Warehouse. The new Warehouse discovers the image again.
    wait(lambda: "v1" in passing.pipeline("portal").freight(), "the Freight of the new Warehouse")
    assert backstage.deployed() == "v1"
    backstage_as_portal = passing.pipeline("portal")
    assert backstage_as_portal.warehouse()["spec"]["subscriptions"][0]["image"]["repoURL"] == backstage.image
    passing.place.registry().push(backstage.image.partition("/")[2], "v2")
    wait(lambda: backstage.deployed() == "v2", "the commit of v2")
    passing.pulumi("preview", "--expect-no-changes", "--refresh")


def test_destroy_in_the_middle_of_everything_ends(place, tmp_path):
    pipelines = {
        "backstage": {"stages": [DEV, {"name": "production", "upstream": ["dev"], "autoPromotion": True}]},
        "review": {"stages": [{**DEV, "promoteBy": "pullRequest"}]},
    }
    with deployed(place, tmp_path, pipelines) as target:
        review, backstage = target.pipeline("review"), target.pipeline("backstage")
        review.push("v1")

        def waiting() -> bool:
            return any(steps(p).get("wait-for-pr") == "Running" for p in target.promotions("review-dev"))

        wait(waiting, "the Promotion that waits for its pull request")
        for tag in ("v1", "v2"):
            backstage.push(tag)
        started = time.monotonic()
        target.pulumi("destroy", "--yes", "--skip-preview")
        print(f"\ndestroy: {time.monotonic() - started:.1f} s")
        assert target.objects.get("v1", "Namespace", None, target.project) is None
