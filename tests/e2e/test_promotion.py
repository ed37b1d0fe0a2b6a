"""Against real Kargo, External Secrets and Gitea: from a push to a commit in seconds, before and after a rotation.

The tests build on each other, in the order of the file.
"""

import json
import time

import httpx
import pytest

from sandbox.processes import eventually
from sandbox.real.kubernetes_api import apply, client

pytestmark = pytest.mark.e2e

_SECONDS = 10


def wait_for_commit(target, tag: str) -> float:
    """Push `tag` and return the seconds until its reference is in the GitOps repository."""
    target.push(tag)
    started = time.monotonic()
    while not target.deployed().endswith(f"/{target.image}:{tag}"):
        assert time.monotonic() - started < _SECONDS, f"{tag} was not committed within {_SECONDS} s"
        time.sleep(0.1)
    assert tag in target.freight_tags()
    return time.monotonic() - started


def urls(target) -> dict[str, str]:
    found: dict[str, str] = json.loads(target.pulumi("stack", "output", "webhookUrls", "--show-secrets", "--json"))
    return found


def test_up_deploys_and_a_second_time_changes_nothing(target):
    started = time.monotonic()
    target.pulumi("up", "--yes", "--skip-preview")
    print(f"\nup: {time.monotonic() - started:.1f} s")
    target.pulumi("preview", "--expect-no-changes")
    target.pulumi("preview", "--expect-no-changes", "--refresh")


def test_kargo_reports_the_url_that_was_computed(target):
    api = client(target.stack.platform.kubeconfig)
    config = api.resources.get(api_version="kargo.akuity.io/v1alpha1", kind="ProjectConfig")
    status = config.get(name=target.project, namespace=target.project).to_dict()["status"]
    assert {r["name"]: r["url"] for r in status["webhookReceivers"]} == urls(target)


@pytest.mark.parametrize("tag", ["v9", "v10", "v11"])
def test_a_pushed_tag_is_freight_and_committed_within_seconds(target, tag, record_property):
    seconds = wait_for_commit(target, tag)
    record_property("seconds", seconds)
    print(f"\n{tag}: {seconds:.1f} s from push to commit")


def test_a_forged_path_is_not_found(target):
    response = httpx.post(f"{target.webhooks_url}/generic/{'0' * 64}", json={}, headers={"X-Gitea-Event": "package"})
    assert response.status_code == 404


def test_rotation_moves_the_one_hook_and_closes_the_old_url(target):
    (old,) = urls(target).values()
    target.stack.rotate()
    (new,) = urls(target).values()
    assert old != new
    assert [hook["config"]["url"] for hook in target.hooks()] == [new]
    assert httpx.post(old, json={}, headers={"X-Gitea-Event": "package"}).status_code == 404


def test_a_push_after_the_rotation_is_committed_within_seconds(target):
    seconds = wait_for_commit(target, "v12")
    print(f"\nv12, after the rotation: {seconds:.1f} s from push to commit")


def test_a_merged_pull_request_ends_its_promotion_within_seconds(target):
    # Kargo's pull-request steps use the password as API token, so this pipeline needs a real token.
    name = f"{target.project}-token"
    scopes = ["write:repository", "write:user", "write:organization", "write:package"]
    token = target.gitea.post(f"/users/{target.owner}/tokens", json={"name": name, "scopes": scopes})
    api = client(target.stack.platform.kubeconfig)
    vault = [{"key": "token", "value": token.raise_for_status().json()["sha1"]}]
    store = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterSecretStore",
        "metadata": {"name": name},
        "spec": {"provider": {"fake": {"data": vault}}},
    }
    apply(api, store)
    source = "registry.login.password"
    settings = {
        "pipelines[0].stages[0].promoteBy": "pullRequest",
        f"{source}.secretStore": name,
        f"{source}.key": "token",
    }
    for path, value in settings.items():
        target.stack.configure(path, value)
    target.pulumi("up", "--yes", "--skip-preview")
    assert sorted(hook["events"] for hook in target.hooks()) == [["package"], ["pull_request"]]
    target.push("v13")
    pulls = f"/repos/{target.owner}/{target.project}/pulls"
    promotions = api.resources.get(api_version="kargo.akuity.io/v1alpha1", kind="Promotion")

    def statuses() -> list[dict[str, str]]:
        return [p.get("status", {}) for p in promotions.get(namespace=target.project).to_dict()["items"]]

    def opened() -> bool:
        bad = [s.get("message") for s in statuses() if s.get("phase") in ("Errored", "Failed")]
        assert not bad, bad
        return bool(target.gitea.get(pulls).json())

    eventually(opened, "a pull request", 30)
    (pull,) = target.gitea.get(pulls).json()
    target.gitea.post(f"{pulls}/{pull['number']}/merge", json={"Do": "merge"}).raise_for_status()
    merged = time.monotonic()
    eventually(lambda: {s.get("phase") for s in statuses()} == {"Succeeded"}, "the end of the promotion", _SECONDS)
    print(f"\nv13: {time.monotonic() - merged:.1f} s from merge to the end of the promotion")
    assert target.deployed().endswith(":v13")
    api.resources.get(api_version=store["apiVersion"], kind="ClusterSecretStore").delete(name=name)


def test_nothing_remains_after_destroy(target):
    target.pulumi("destroy", "--yes", "--skip-preview")
    assert target.hooks() == []
    namespaces = client(target.stack.platform.kubeconfig).resources.get(api_version="v1", kind="Namespace")
    assert target.project not in [item["metadata"]["name"] for item in namespaces.get().to_dict()["items"]]
