"""The deployed stack: nothing to change, one hook, the URL that Kargo reports, a rotation, and a clean destroy."""

import httpx
import pytest

pytestmark = pytest.mark.e2e

PUSHED = {"X-Gitea-Event": "package"}


def test_a_second_time_changes_nothing(target):
    target.pulumi("preview", "--expect-no-changes")
    target.pulumi("preview", "--expect-no-changes", "--refresh")


def test_kargo_reports_the_urls_that_were_computed(target):
    status = target.get("ProjectConfig", target.project)["status"]
    assert {r["name"]: r["url"] for r in status["webhookReceivers"]} == target.urls()


def test_a_forged_path_is_not_found(target):
    forged = f"{target.place.webhooks_url}/generic/{'0' * 64}"
    assert httpx.post(forged, json={}, headers=PUSHED).status_code == 404


def test_rotation_moves_the_hooks_closes_the_old_urls_and_pushes_still_arrive(target):
    backstage, old = target.pipeline("backstage"), target.urls()
    target.stack.rotate()
    new = target.urls()
    assert not set(old.values()) & set(new.values())
    ours = [hook["config"]["url"] for hook in target.hooks()]
    assert set(new.values()) <= set(ours)
    assert not set(old.values()) & set(ours)
    assert httpx.post(old["gitea-packages"], json={}, headers=PUSHED).status_code == 404
    backstage.push("v12")
    backstage.wait_for_commit("v12")


def test_nothing_remains_after_destroy(passing):
    urls = set(passing.urls().values())
    assert urls & {hook["config"]["url"] for hook in passing.hooks()}
    passing.pulumi("destroy", "--yes", "--skip-preview")
    assert not urls & {hook["config"]["url"] for hook in passing.hooks()}
    assert passing.objects.get("v1", "Namespace", None, passing.project) is None
