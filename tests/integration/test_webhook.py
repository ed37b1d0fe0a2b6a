"""The hook in a real Gitea: one of it, repaired after drift, adopted, moved by a rotation; and errors that help."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from clients.gitea import Gitea, GiteaError
from clients.gitea_hooks import GiteaHooks
from sandbox import processes
from sandbox.real import gitea
from sandbox.real.gitea import OWNER

pytestmark = pytest.mark.integration


def url_of(deployment) -> str:
    printed = deployment.stack.call("stack", "output", "webhookUrls", "--show-secrets", "--json").stdout
    return str(json.loads(printed)["gitea-packages"])


@contextmanager
def hooks_of(layout, password: str | None = None) -> Iterator[GiteaHooks]:
    """The hooks that the sandbox's user may manage, by the program's own client."""
    password = password or layout.secret("gitea-password")
    with Gitea(f"https://{layout.gitea_host}", OWNER, password, str(layout.ca)) as account:
        yield GiteaHooks(account)


def test_three_ups_leave_exactly_one_hook_at_the_exported_url(deployment):
    for _ in range(2):
        deployment.up()
    (hook,) = deployment.hooks()
    assert hook["config"]["url"] == url_of(deployment)
    assert hook["events"] == ["package"]
    assert hook["active"]


@pytest.mark.parametrize(
    "edit",
    [
        {"active": False, "events": ["package"]},
        {"events": ["push", "package"]},
        {"events": ["package"], "config": {"url": "http://127.0.0.1:9/elsewhere"}},
        {"events": ["package"], "authorization_header": "Bearer x"},
    ],
    ids=["switched-off", "other-events", "other-url", "other-header"],
)
def test_an_edit_by_hand_is_seen_by_refresh_and_repaired_by_up(deployment, edit):
    (hook,) = deployment.hooks()
    deployment.gitea.patch(f"/user/hooks/{hook['id']}", json=edit).raise_for_status()
    assert "1 updated" in deployment.pulumi("refresh", "--yes", "--skip-preview")
    deployment.up()
    (repaired,) = deployment.hooks()
    assert repaired["id"] == hook["id"]
    assert {key: repaired[key] for key in ("active", "events", "config", "authorization_header")} == {
        key: hook[key] for key in ("active", "events", "config", "authorization_header")
    }
    deployment.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_hook_deleted_by_hand_is_made_again(deployment):
    (hook,) = deployment.hooks()
    deployment.gitea.delete(f"/user/hooks/{hook['id']}").raise_for_status()
    assert "1 deleted" in deployment.pulumi("refresh", "--yes", "--skip-preview")
    deployment.up()
    (again,) = deployment.hooks()
    assert again["config"]["url"] == hook["config"]["url"]


def test_an_identical_hook_that_pulumi_does_not_know_is_adopted(deployment):
    (hook,) = deployment.hooks()
    exported = json.loads(deployment.stack.call("stack", "export").stdout)
    urn = next(r["urn"] for r in exported["deployment"]["resources"] if r["type"].endswith(":GiteaWebhook"))
    deployment.pulumi("state", "delete", urn, "--yes", "--force", "--target-dependents")
    deployment.up()
    assert [h["id"] for h in deployment.hooks()] == [hook["id"]]


def test_rotation_moves_the_hook_and_the_old_url_stops_working(deployment):
    old = url_of(deployment)
    deployment.stack.rotate()
    new = url_of(deployment)
    assert new != old
    assert [hook["config"]["url"] for hook in deployment.hooks()] == [new]
    assert httpx.post(old, json={}).status_code == 404
    deployment.pulumi("preview", "--expect-no-changes")


def test_the_scope_system_makes_a_system_hook_that_is_removed_again(deployment, sandbox):
    with hooks_of(sandbox.layout) as hooks:
        made = hooks.create(hooks.collection("system", OWNER), "http://127.0.0.1:9/x", ["package"], None)
        assert made.path in [hook.path for hook in hooks.all("/admin/hooks")]
        assert deployment.gitea.get("/admin/hooks", params={"type": "default"}).json() == []
        assert hooks.get(made.path) == made
        hooks.delete(made.path)
        assert hooks.get(made.path) is None


def test_an_organizations_hook_is_found_by_its_owner(deployment, sandbox):
    deployment.gitea.post("/orgs", json={"username": "platform"}).raise_for_status()
    with hooks_of(sandbox.layout) as hooks:
        assert hooks.collection("owner", "platform") == "/orgs/platform/hooks"
        assert hooks.collection("owner", OWNER.upper()) == "/user/hooks"
        made = hooks.create("/orgs/platform/hooks", "http://127.0.0.1:9/x", ["pull_request_only"], "s" * 20)
        assert made.events == ["pull_request"]
        assert hooks.update(made.path, "http://127.0.0.1:9/y", ["pull_request_only"]).url == "http://127.0.0.1:9/y"
        hooks.delete(made.path)


def test_a_wrong_password_and_a_token_without_scope_are_explained(deployment, sandbox):
    with (
        hooks_of(sandbox.layout, "wrong-password") as hooks,
        pytest.raises(GiteaError, match=r"refused the sign-in.*401"),
    ):
        hooks.all("/user/hooks")
    token = deployment.gitea.post(f"/users/{OWNER}/tokens", json={"name": "narrow", "scopes": ["read:package"]})
    narrow = token.raise_for_status().json()["sha1"]
    with hooks_of(sandbox.layout, narrow) as hooks, pytest.raises(GiteaError, match=r"403.*write:user"):
        hooks.all("/user/hooks")


def test_a_gitea_whose_ca_is_unknown_is_explained(sandbox):
    password = sandbox.layout.secret("gitea-password")
    with (
        Gitea(f"https://{sandbox.layout.gitea_host}", OWNER, password, None) as account,
        pytest.raises(GiteaError, match="certificate that this machine does not trust; set caBundle"),
    ):
        GiteaHooks(account).all("/user/hooks")


def test_a_delivery_that_fails_makes_up_fail_and_say_why(deployment):
    controllers = processes.running(deployment.stack.layout, "controllers")
    assert controllers
    exported = json.loads(deployment.stack.call("stack", "export").stdout)
    for resource in exported["deployment"]["resources"]:
        if resource["type"].endswith(":DeliveryProof"):
            deployment.pulumi("state", "delete", resource["urn"], "--yes", "--force")
    controllers.suspend()
    try:
        printed = deployment.pulumi("up", "--yes", "--skip-preview", fails=True)
    finally:
        controllers.resume()
    assert "test delivery: Kargo's external webhooks server did not answer" in printed
    assert "/generic/" not in printed
    deployment.up()


def test_an_unreachable_gitea_is_explained_without_a_secret(deployment, sandbox):
    url, password = url_of(deployment), sandbox.layout.secret("gitea-password")
    server = processes.running(sandbox.layout, "gitea")
    assert server
    server.terminate()
    server.wait(20)
    try:
        printed = deployment.pulumi("refresh", "--yes", "--skip-preview", fails=True)
    finally:
        gitea.start(sandbox.layout, sandbox.programs)
    assert "cannot be reached from this machine" in printed
    assert url not in printed
    assert password not in printed
