"""The webhook in a real Gitea: always exactly one, repaired after drift, moved by a rotation, with helpful errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from clients.gitea import Gitea, GiteaError
from clients.gitea_hooks import GiteaHooks, WantedHook
from sandbox import processes
from sandbox.real import gitea
from sandbox.real.gitea import OWNER

pytestmark = pytest.mark.integration

GRPC = "error: Exception calling application: "


@contextmanager
def hooks_of(layout, password: str | None = None) -> Iterator[GiteaHooks]:
    """Return the program's own client of the hooks that the sandbox's user may manage."""
    password = password or layout.secret("gitea-password")
    with Gitea(f"https://{layout.gitea_host}", OWNER, password, str(layout.ca)) as account:
        yield GiteaHooks(account)


def test_three_ups_leave_exactly_one_hook_at_the_exported_url(deployment):
    for _ in range(2):
        deployment.up()
    (hook,) = deployment.hooks()
    assert hook["config"]["url"] == deployment.webhook_url()
    assert hook["events"] == ["package"]
    assert hook["active"]


EDITS: dict[str, dict[str, Any]] = {
    "switched off": {"active": False, "events": ["package"]},
    "other events": {"events": ["push", "package"]},
    "other URL": {"events": ["package"], "config": {"url": "http://127.0.0.1:9/elsewhere"}},
    "other header": {"events": ["package"], "authorization_header": "Bearer x"},
}


def test_an_edit_by_hand_is_seen_by_refresh_and_repaired_by_up(deployment):
    (hook,) = deployment.hooks()
    for what, edit in EDITS.items():
        edited = deployment.gitea.patch(f"/user/hooks/{hook['id']}", json=edit).raise_for_status().json()
        if edited["authorization_header"] != edit.get("authorization_header", ""):
            print(f"{what}: this Gitea shows no header (1.27), so nobody sees the edit")
            continue
        assert "1 updated" in deployment.pulumi("refresh", "--yes", "--skip-preview"), what
        deployment.up()
        (repaired,) = deployment.hooks()
        assert repaired["id"] == hook["id"], what
        compared = ("active", "events", "config", "authorization_header")
        assert {key: repaired[key] for key in compared} == {key: hook[key] for key in compared}, what
    deployment.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_hook_deleted_by_hand_is_made_again(deployment):
    (hook,) = deployment.hooks()
    deployment.gitea.delete(f"/user/hooks/{hook['id']}").raise_for_status()
    assert "1 deleted" in deployment.pulumi("refresh", "--yes", "--skip-preview")
    deployment.up()
    (again,) = deployment.hooks()
    assert again["config"]["url"] == hook["config"]["url"]


def urn_of(deployment, kind: str) -> str:
    """The URN of the only resource of a type."""
    (urn,) = [resource["urn"] for resource in deployment.state() if resource["type"].endswith(f":{kind}")]
    return str(urn)


def system_hooks(deployment) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = deployment.gitea.get("/admin/hooks").raise_for_status().json()
    return found


def test_a_hook_that_pulumi_does_not_know_is_replaced_by_one_that_it_knows(deployment):
    urn = urn_of(deployment, "GiteaWebhook")
    deployment.pulumi("state", "delete", urn, "--yes", "--force", "--target-dependents")
    deployment.up()
    (hook,) = deployment.hooks()
    assert hook["config"]["url"] == deployment.webhook_url()
    deployment.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_forced_replacement_leaves_one_hook(deployment):
    deployment.up("--replace", urn_of(deployment, "GiteaWebhook"))
    (hook,) = deployment.hooks()
    assert hook["config"]["url"] == deployment.webhook_url()
    deployment.pulumi("preview", "--expect-no-changes", "--refresh")


def test_another_scope_moves_the_hook_and_back(deployment):
    deployment.stack.project.replace("webhooks.scope", "system")
    try:
        deployment.up()
        assert deployment.hooks() == []
        (hook,) = system_hooks(deployment)
        assert hook["config"]["url"] == deployment.webhook_url()
        deployment.pulumi("preview", "--expect-no-changes", "--refresh")
    finally:
        deployment.stack.project.replace("webhooks.scope", "owner")
    deployment.up()
    (hook,) = deployment.hooks()
    assert system_hooks(deployment) == []
    assert hook["config"]["url"] == deployment.webhook_url()


def test_another_spelling_of_the_owner_leaves_the_hook(deployment):
    (hook,) = deployment.hooks()
    deployment.stack.project.replace("registry.owner", OWNER.title())
    try:
        deployment.up()
        assert deployment.hooks() == [hook]
    finally:
        deployment.stack.project.replace("registry.owner", OWNER)
    deployment.up()
    assert deployment.hooks() == [hook]


def test_a_system_hook_that_is_gone_is_made_again_by_a_rotation(deployment):
    deployment.stack.project.replace("webhooks.scope", "system")
    try:
        deployment.up()
        (hook,) = system_hooks(deployment)
        deployment.gitea.delete(f"/admin/hooks/{hook['id']}").raise_for_status()
        deployment.stack.rotate()
        (again,) = system_hooks(deployment)
        assert again["config"]["url"] == deployment.webhook_url()
    finally:
        deployment.stack.project.replace("webhooks.scope", "owner")
    deployment.up()


def test_hooks_are_found_where_gitea_sends_few_at_a_time(deployment, sandbox):
    # The program's hook is the newest, so it is on the last page.
    others = [f"http://127.0.0.1:9/{number}" for number in range(7)]
    ini = sandbox.layout.root / "gitea" / "conf" / "app.ini"
    before = ini.read_text()
    (own,) = deployment.hooks()
    with hooks_of(sandbox.layout) as hooks:
        made = [hooks.make("/user/hooks", WantedHook(url, url, ["push"])) for url in others]
        try:
            restart(sandbox, before + "\n[api]\nMAX_RESPONSE_ITEMS = 2\n")
            first = deployment.gitea.get("/user/hooks", params={"limit": 50}).raise_for_status().json()
            if "name" in first[0]:
                assert len(first) < len(others)
            else:
                print("this Gitea sends all webhooks at once (1.25)")
            assert {hook.url for hook in hooks.all("/user/hooks")} == {own["config"]["url"], *others}
        finally:
            restart(sandbox, before)
            for hook in made:
                hooks.delete(hook.path)


def restart(sandbox, ini: str) -> None:
    """Restart Gitea with this app.ini."""
    server = processes.running(sandbox.layout, "gitea")
    assert server
    server.terminate()
    server.wait(20)
    (sandbox.layout.root / "gitea" / "conf" / "app.ini").write_text(ini)
    gitea.start(sandbox.layout, sandbox.programs)


def test_rotation_moves_the_hook_and_the_old_url_stops_working(deployment):
    old = deployment.webhook_url()
    deployment.stack.rotate()
    new = deployment.webhook_url()
    assert new != old
    assert [hook["config"]["url"] for hook in deployment.hooks()] == [new]
    assert httpx.post(old, json={}).status_code == 404
    deployment.pulumi("preview", "--expect-no-changes")


def test_the_scope_system_makes_a_system_hook_that_is_removed_again(deployment, sandbox):
    with hooks_of(sandbox.layout) as hooks:
        made = hooks.make(hooks.collection("system", OWNER), WantedHook("test", "http://127.0.0.1:9/x", ["package"]))
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
        wanted = WantedHook("test", "http://127.0.0.1:9/x", ["pull_request_only"], "s" * 20)
        made = hooks.make("/orgs/platform/hooks", wanted)
        assert made.events == ["pull_request"]
        moved = hooks.update(made.path, replace(wanted, url="http://127.0.0.1:9/y"))
        assert moved
        assert (moved.path, moved.url) == (made.path, "http://127.0.0.1:9/y")
        hooks.delete(made.path)
        assert hooks.update(made.path, wanted) is None


def test_a_renamed_organization_is_explained_and_its_hook_is_not_deleted(deployment, sandbox):
    deployment.gitea.post("/orgs", json={"username": "former"}).raise_for_status()
    with hooks_of(sandbox.layout) as hooks:
        made = hooks.make("/orgs/former/hooks", WantedHook("test", "http://127.0.0.1:9/x", ["package"]))
        deployment.gitea.post("/orgs/former/rename", json={"new_name": "present"}).raise_for_status()
        for attempt in (
            lambda: hooks.collection("owner", "former"),
            lambda: hooks.get(made.path),
            lambda: hooks.delete(made.path),
        ):
            with pytest.raises(GiteaError, match=r"owner was renamed.*registry\.owner"):
                attempt()
        (left,) = hooks.all("/orgs/present/hooks")
        hooks.delete(left.path)
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
    controllers = processes.running(deployment.stack.layout, "kargo-standin")
    assert controllers
    for resource in deployment.state():
        if resource["type"].endswith(":DeliveryCheck"):
            deployment.pulumi("state", "delete", resource["urn"], "--yes", "--force")
    controllers.suspend()
    try:
        printed = deployment.pulumi("up", "--yes", "--skip-preview", fails=True)
    finally:
        controllers.resume()
    assert f"{GRPC}test delivery: Kargo's external webhooks server did not answer" in printed
    assert "/generic/" not in printed
    deployment.up()


def test_an_unreachable_gitea_is_explained_without_a_secret(deployment, sandbox):
    url, password = deployment.webhook_url(), sandbox.layout.secret("gitea-password")
    server = processes.running(sandbox.layout, "gitea")
    assert server
    server.terminate()
    server.wait(20)
    try:
        printed = deployment.pulumi("refresh", "--yes", "--skip-preview", fails=True)
    finally:
        gitea.start(sandbox.layout, sandbox.programs)
    assert f"{GRPC}Gitea at https://{sandbox.layout.gitea_host} cannot be reached from this machine" in printed
    assert url not in printed
    assert password not in printed
