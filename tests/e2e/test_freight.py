"""Pushes that become Freight and a commit, and Kargo's reasons for the others."""

import pytest

from sandbox.standins.controllers.kargo.freight import new_freight
from tests.e2e.target import DeployedPipeline, steps, wait

pytestmark = pytest.mark.e2e


def test_tags_count_as_numbers_and_older_ones_change_nothing(target):
    numbers = target.pipeline("numbers")
    for tag in ("v9", "v10", "v99", "v100"):
        numbers.push(tag)
        numbers.wait_for_commit(tag)
    numbers.push("v11")
    wait(lambda: "v11" in _discovered(numbers), "v11 among what the Warehouse discovered")
    assert _discovered(numbers) == ["v100", "v99", "v11", "v10", "v9"]
    assert list(numbers.freight()) == ["v9", "v10", "v99", "v100"]
    assert numbers.deployed() == "v100"
    assert {p["status"]["phase"] for p in target.promotions("numbers-dev")} == {"Succeeded"}


def test_latest_is_no_freight_and_the_warehouse_says_why(target):
    unruly = target.pipeline("unruly")
    unruly.push("latest")
    wait(lambda: unruly.ready().get("reason") == "MissingImageReferences", "the reason")
    assert "No references discovered for image repository" in unruly.ready()["message"]
    assert unruly.freight() == {}
    assert unruly.deployed() is None


def test_a_multi_arch_push_is_one_piece_of_freight_with_the_digest_of_the_index(target):
    unruly = target.pipeline("unruly")
    digest = unruly.push("v1", platforms=2)
    unruly.wait_for_commit("v1")
    unruly.wait_for_end("dev", "v1")
    (freight,) = unruly.freight().values()
    assert [image["digest"] for image in freight["images"]] == [digest]
    # The stand-in derives Freight's name as Kargo does.
    assert freight["metadata"]["name"] == new_freight(unruly.warehouse(), freight["images"])["metadata"]["name"]
    print(f"\n{freight['metadata']['name']} of {freight['images']}")
    assert len(target.promotions("unruly-dev")) == 1


def test_a_tag_pushed_again_is_other_freight_and_has_nothing_to_commit(target):
    again = target.pipeline("again")
    again.push("v1")
    first = again.wait_for_end("dev", "v1")
    digest = again.push("v1")
    wait(lambda: again.freight()["v1"]["images"][0]["digest"] == digest, "other Freight")
    second = again.wait_for_end("dev", "v1")
    assert first["metadata"]["name"] != second["metadata"]["name"]
    assert second["status"]["phase"] == "Succeeded"
    assert steps(first)["commit::commit"] == steps(first)["commit::push"] == "Succeeded"
    assert steps(second)["commit::commit"] == steps(second)["commit::push"] == "Skipped"


def test_a_key_that_the_images_file_lacks_is_made_and_the_rest_stays_as_it_is(target):
    fresh, before = target.pipeline("fresh"), target.images_text()
    assert "staging" not in target.images()
    fresh.push("v3")
    fresh.wait_for_commit("v3", "staging")
    # As Kargo's library writes it: after the existing keys, whose lines do not change.
    added = f'{{"fresh":"{fresh.image}:v3"}}'
    assert f'"staging":{added}' in target.images_text()
    assert target.images_text().startswith(before.rstrip().removesuffix("}"))


def test_a_wrong_password_is_no_freight_and_the_warehouse_says_why(target):
    locked = target.pipeline("locked")
    right = _passwords(target)
    target.write_store(password="wrong-password")
    try:
        _sync(target, "wrong-password")
        locked.push("v1")
        # Gitea 1.26: "UNAUTHORIZED", Gitea 1.25: "401 Unauthorized: Failed to authenticate user".
        wait(lambda: "unauthorized" in locked.ready().get("message", "").lower(), "the reason")
        assert locked.ready()["reason"] == "DiscoveryFailure"
        assert "error listing tags" in locked.ready()["message"]
        assert locked.freight() == {}
    finally:
        target.write_store(password=right)
        _sync(target, right)
    locked.push("v2")
    locked.wait_for_commit("v2")


def _discovered(pipeline: DeployedPipeline) -> list[str]:
    (image,) = pipeline.warehouse()["status"]["discoveredArtifacts"]["images"]
    return [reference["tag"] for reference in image["references"]]


def _secrets(target):
    label = "kargo.akuity.io/cred-type=image"
    return [
        target.objects.secret(target.project, s["metadata"]["name"])
        for s in target.objects.all("v1", "Secret", target.project, label_selector=label)
    ]


def _passwords(target) -> str:
    (secret,) = _secrets(target)
    return str(secret["password"])


def _sync(target, password: str) -> None:
    """Let External Secrets read the store now."""
    for live in target.objects.all("external-secrets.io/v1", "ExternalSecret", target.project):
        target.objects.annotate(live, {"force-sync": password[:4]})
    wait(lambda: _passwords(target) == password, "the password in the Secret")
