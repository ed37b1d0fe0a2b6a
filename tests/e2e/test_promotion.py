"""Promotions: automatic, several at once, manual, with a pull request, and failed ones."""

import time
from typing import Any

import pytest

from sandbox.standins.controllers.kargo.promotion import new_promotion
from sandbox.standins.controllers.kargo.stages import intent
from tests.e2e.target import DeployedPipeline, done, steps, wait

pytestmark = pytest.mark.e2e


def promote(pipeline: DeployedPipeline, stage: str, tag: str, automatic: bool = False) -> dict[str, Any]:
    """Promote a tag's Freight by hand, and return the Promotion that ended."""
    target = pipeline.target
    live = target.get("Stage", stage)
    freight = pipeline.freight()[tag]
    meaning = intent(live, freight, target.all("Freight")) if automatic else {}
    made = target.objects.create(new_promotion(live, freight, target.all("PromotionTask"), "a test", **meaning))
    assert made

    def ended() -> dict[str, Any] | None:
        promotion = target.get("Promotion", made["metadata"]["name"])
        return promotion if (promotion.get("status") or {}).get("finishedAt") else None

    return wait(ended, f"the end of the Promotion to {stage}")


def test_a_push_is_committed_within_seconds(target):
    backstage = target.pipeline("backstage")
    backstage.push("v9")
    started = time.monotonic()
    backstage.wait_for_commit("v9")
    print(f"\npush to commit: {time.monotonic() - started:.1f} s")
    promotion = backstage.wait_for_end("dev", "v9")
    assert promotion["status"]["phase"] == "Succeeded"
    assert done(promotion) == [f"commit::{name}" for name in ("clone", "read", "set", "verify", "commit", "push")]


def test_the_stage_and_the_freight_tell_what_was_promoted(target):
    pair = target.pipeline("pair")
    pair.push("v1")
    name = pair.wait_for_end("dev", "v1")["metadata"]["name"]

    def stage() -> Any:
        return target.get("Stage", "pair-dev")["status"]

    wait(lambda: (stage().get("lastPromotion") or {}).get("name") == name, "the Stage's last Promotion")
    (current, *_) = stage()["freightHistory"]
    freight = pair.freight()["v1"]["metadata"]["name"]
    assert current["items"]["Warehouse/pair"]["name"] == freight
    assert stage()["lastPromotion"]["status"]["phase"] == "Succeeded"
    wait(lambda: "pair-dev" in (pair.freight()["v1"].get("status") or {}).get("verifiedIn", {}), "its verification")
    assert "pair-dev" in pair.freight()["v1"]["status"]["currentlyIn"]


def test_two_stages_promoted_at_once_both_land_in_the_one_file(target):
    pair = target.pipeline("pair")
    for tag in ("v2", "v3", "v4"):
        pair.push(tag)
        ends = [pair.wait_for_end(stage, tag)["status"] for stage in ("dev", "production")]
        assert [status["phase"] for status in ends] == ["Succeeded", "Succeeded"], [s.get("message") for s in ends]
        assert (pair.deployed("dev"), pair.deployed("production")) == (tag, tag)


def test_a_stage_behind_another_waits_for_it_and_is_promoted_by_hand(target):
    gated = target.pipeline("gated")
    gated.push("v1")
    gated.wait_for_commit("v1")
    wait(lambda: "gated-dev" in (gated.freight()["v1"].get("status") or {}).get("verifiedIn", {}), "its verification")
    assert target.promotions("gated-production") == []
    assert promote(gated, "gated-production", "v1")["status"]["phase"] == "Succeeded"
    assert gated.deployed("production") == "v1"


def test_older_freight_promoted_by_hand_holds_an_automatic_stage(target):
    held = target.pipeline("held")
    for tag in ("v1", "v2"):
        held.push(tag)
        held.wait_for_commit(tag)
    assert promote(held, "held-dev", "v1", automatic=True)["status"]["phase"] == "Succeeded"
    assert held.deployed() == "v1"
    held.push("v3")
    wait(lambda: "v3" in held.freight(), "the Freight of v3")
    time.sleep(2)
    assert held.deployed() == "v1"
    assert promote(held, "held-dev", "v3", automatic=True)["status"]["phase"] == "Succeeded"
    held.push("v4")
    held.wait_for_commit("v4")


def test_a_merged_pull_request_ends_its_promotion_within_seconds(target):
    review = target.pipeline("review")
    pull = opened(review, "v1")
    assert review.deployed() is None
    target.gitea.post(f"{pulls(target)}/{pull['number']}/merge", json={"Do": "merge"}).raise_for_status()
    merged = time.monotonic()
    promotion = review.wait_for_end("dev", "v1")
    print(f"\nmerge to the end of the promotion: {time.monotonic() - merged:.1f} s")
    assert promotion["status"]["phase"] == "Succeeded", promotion["status"]
    assert review.deployed() == "v1"


def test_a_closed_pull_request_fails_its_promotion(target):
    review = target.pipeline("review")
    pull = opened(review, "v2")
    target.gitea.patch(f"{pulls(target)}/{pull['number']}", json={"state": "closed"}).raise_for_status()
    promotion = review.wait_for_end("dev", "v2")
    assert promotion["status"]["phase"] == "Failed"
    assert f"pull request {pull['number']} was closed without being merged" in promotion["status"]["message"]
    assert review.deployed() != "v2"


def pulls(target) -> str:
    return f"/repos/{target.place.username}/{target.project}/pulls"


def opened(review: DeployedPipeline, tag: str) -> dict[str, Any]:
    """Push a tag and return the pull request that its Promotion opens, once it waits for it."""
    target = review.target
    review.push(tag)

    def waiting() -> bool:
        found = target.promotions("review-dev")
        return bool(found) and steps(found[-1]).get("wait-for-pr") == "Running"

    def pull() -> Any:
        return target.gitea.get(pulls(target), params={"state": "open"}).raise_for_status().json()

    wait(pull, "a pull request")
    wait(waiting, "the Promotion's wait")
    found: list[dict[str, Any]] = pull()
    assert len(found) == 1
    return found[0]
