"""Webhooks for packages and pull requests: tokens, changed passwords, and another user."""

import base64
import json
import os
import secrets
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from config.project import NAME
from sandbox import platform, processes
from sandbox.layout import Layout
from sandbox.recovery import recover
from sandbox.stack import Stack
from tests.integration.conftest import Deployment
from tests.prepared import prepare

pytestmark = pytest.mark.integration

FIRST = "first-password-of-each-user"
DOCUMENTED_SCOPES = ["write:user", "write:package", "write:repository"]
_BODY = {"content": base64.b64encode(b"x").decode(), "message": "x"}


@dataclass(frozen=True)
class User:
    """A user of Gitea, and an administrator."""

    name: str
    password: str
    admin: httpx.Client

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Ask Gitea as this user."""
        given = {"auth": (self.name, self.password), "json": body}
        response = self.admin.request(method, path, **given).raise_for_status()
        return response.json() if response.content else None

    def hooks(self) -> dict[str, str]:
        """Return the URLs of this user's hooks by their event."""
        found = self.send("GET", "/user/hooks")
        assert len({hook["events"][0] for hook in found}) == len(found)
        return {hook["events"][0]: hook["config"]["url"] for hook in found}

    def with_password(self, password: str) -> "User":
        """Change the password outside of the program."""
        body = {"login_name": self.name, "source_id": 0, "password": password, "must_change_password": False}
        self.admin.patch(f"/admin/users/{self.name}", json=body).raise_for_status()
        return replace(self, password=password)

    def token(self, *scopes: str) -> str:
        """Create an access token."""
        made = self.send("POST", f"/users/{self.name}/tokens", {"name": "-".join(scopes), "scopes": scopes})
        return str(made["sha1"])


@pytest.fixture
def users(deployment, request) -> Iterator[list[User]]:
    """Two users of this test's own."""
    names = [f"user-{abs(hash(request.node.name)) % 10**8}-{number}" for number in range(2)]
    for name in names:
        body = {"username": name, "email": f"{name}@localhost.localdomain", "password": FIRST}
        deployment.gitea.post("/admin/users", json={**body, "must_change_password": False}).raise_for_status()
    yield [User(name, FIRST, deployment.gitea) for name in names]
    for name in names:
        deployment.gitea.delete(f"/admin/users/{name}", params={"purge": True}).raise_for_status()


def give_to(user: User, stack: Stack) -> None:
    """Write a user into the stack's file."""
    host = stack.project.configuration()["config"][f"{NAME}:registry"]["host"]
    stack.project.replace("registry.owner", user.name)
    stack.project.replace("registry.login.username", user.name)
    stack.project.replace("gitOps.repoURL", f"https://{host}/{user.name}/gitops.git")


@pytest.fixture
def stack(sandbox, users, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """The first user's stack, not yet deployed; a Kargo project and a state of its own.

    It stays deployed, as the platform is thrown away; its hooks go with their users.
    """
    name = f"logins-{secrets.token_hex(3)}"
    local = platform.local(sandbox.layout)
    kargo = {"kargo": {**local.settings["kargo"], "project": name}}
    stages = [{"name": "dev", "promoteBy": "pullRequest"}]
    pipelines = {"pipelines": [{"name": "backstage", "image": "backstage", "stages": stages}]}
    # The vault's stand-in does not write to the store, which contains another user's password.
    registry = {"registry": {**local.settings["registry"], "login": {"verify": False}}}
    settings = {**local.settings, **kargo, **registry, **pipelines}
    own = replace(local, settings=settings, gitea_password=users[0].password)
    made = Stack(Layout(tmp_path_factory.mktemp(name)), sandbox.programs, own)
    prepare(made)
    give_to(users[0], made)
    return Deployment(made, users[0].admin, name)


def set_password(stack: Deployment, password: str) -> None:
    stack.stack.run("config", "set", "--secret", f"{NAME}:giteaPassword", quiet=True, stdin=password)


def hand_over(stack: Deployment, user: User) -> None:
    """Give the stack to another user."""
    give_to(user, stack.stack)
    set_password(stack, user.password)


def urls(stack: Deployment) -> dict[str, str]:
    """Return the URLs of the stack's hooks by their event."""
    found = json.loads(stack.stack.call("stack", "output", "webhookUrls", "--show-secrets", "--json").stdout)
    return {"package": found["gitea-packages"], "pull_request": found["gitea-pull-requests"]}


def test_a_token_with_the_documented_scopes_is_enough(stack, users):
    token = users[0].token(*DOCUMENTED_SCOPES)
    set_password(stack, token)
    stack.up()
    assert users[0].hooks() == urls(stack)
    stack.pulumi("preview", "--expect-no-changes", "--refresh")
    assert token not in stack.pulumi("preview", "--diff")


def test_gitea_delivers_pull_requests_of_the_gitops_repository(stack, users, sandbox):
    stack.up()
    user = users[0]
    user.send("POST", "/user/repos", {"name": "gitops", "auto_init": True, "default_branch": "main"})
    contents = f"/repos/{user.name}/gitops/contents/file"
    user.send("POST", contents, {**_BODY, "branch": "main", "new_branch": "change"})
    before = set(sandbox.layout.deliveries.iterdir())
    user.send("POST", f"/repos/{user.name}/gitops/pulls", {"head": "change", "base": "main", "title": "Change"})

    def delivered() -> bool:
        new = [json.loads(path.read_text()) for path in set(sandbox.layout.deliveries.glob("*.json")) - before]
        events = [({key.lower(): value for key, value in d["headers"].items()}, d["status"]) for d in new]
        return ("pull_request", 200) in [(headers.get("x-gitea-event"), status) for headers, status in events]

    processes.eventually(delivered, "the pull request's delivery")


def test_a_new_password_and_a_rotation_at_once_leave_one_hook_of_each(stack, users):
    stack.up()
    old = urls(stack)
    changed = users[0].with_password("second-password-of-the-user")
    set_password(stack, changed.password)
    stack.stack.rotate()
    assert set(urls(stack).values()).isdisjoint(old.values())
    assert changed.hooks() == urls(stack)
    stack.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_destroy_after_a_changed_password_says_what_it_needs_and_then_works(stack, users):
    stack.up()
    changed = users[0].with_password("second-password-of-the-user")
    set_password(stack, changed.password)
    printed = stack.pulumi("destroy", "--yes", "--skip-preview", fails=True)
    assert "401" in printed
    assert "--run-program" in printed
    assert changed.password not in printed
    stack.pulumi("refresh", "--yes", "--skip-preview", "--run-program")
    stack.pulumi("destroy", "--yes", "--skip-preview", "--run-program")
    assert changed.hooks() == {}


def test_hooks_that_are_gone_are_made_again_by_a_rotation(stack, users):
    stack.up()
    for hook in users[0].send("GET", "/user/hooks"):
        users[0].send("DELETE", f"/user/hooks/{hook['id']}")
    stack.stack.rotate()
    assert users[0].hooks() == urls(stack)


def test_another_user_takes_the_hooks_over(stack, users):
    stack.up()
    hand_over(stack, users[1])
    stack.up()
    assert users[1].hooks() == urls(stack)
    assert users[0].hooks() == {}
    stack.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_former_user_that_is_gone_does_not_hold_up_its_successor(stack, users):
    stack.up()
    users[0].with_password("a-password-that-nobody-tells")
    hand_over(stack, users[1])
    printed = stack.up()
    assert "a webhook of the former login remains" in printed
    assert users[1].hooks() == urls(stack)


def test_a_rotation_killed_at_any_moment_ends_with_one_hook_of_each(stack, users):
    stack.up()
    for seconds in (1.5, 2.5, 3.2, 3.9, 4.6):
        stack.stack.project.replace("webhooks.rotation", f"killed after {seconds}")
        process = stack.start_up()
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        recover(stack.stack)
        stack.stack.rotate()
        assert users[0].hooks() == urls(stack), seconds
        stack.pulumi("preview", "--expect-no-changes", "--refresh")
