"""The webhook in GitHub with the real engine: created, repaired, rotated and deleted, and pings that reach Kargo."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from config.project import NAME
from tests.github_server import github_server
from tests.memory_github import MemoryGitHub, Repository
from tests.memory_github_hooks import StoredHook

pytestmark = pytest.mark.integration

TOKEN = "planted-user-token"
FOREIGN = "https://kargo.example.com/github/of-another-project"


def secret(apart, key: str, value: str) -> None:
    apart.stack.run("config", "set", "--secret", f"{NAME}:{key}", quiet=True, stdin=value)


@pytest.fixture
def github(apart, sandbox, tmp_path) -> Iterator[MemoryGitHub]:
    """A GitHub Enterprise Server with the GitOps repository of a stack that opens pull requests."""
    memory = MemoryGitHub()
    memory.add(Repository(access={"robot": "admin"}))
    memory.hooks.add("repos/acme/gitops", FOREIGN, "pull_request")
    with github_server(memory) as host:
        bundle = host.trusted_beside(sandbox.layout.ca, tmp_path / "bundle.pem")
        login = {"username": "robot", "password": {"from": "stack"}, "verify": False}
        repository = {"provider": "github", "repoURL": f"{host.url}/acme/gitops.git", "login": login}
        stages = [{"name": "dev", "promoteBy": "pullRequest"}]
        project = apart.stack.project
        project.replace("caBundle", str(bundle))
        project.replace("gitOps", repository)
        project.replace("pipelines", [{"name": "backstage", "image": "backstage", "stages": stages}])
        secret(apart, "gitOpsPassword", "planted-git-password")
        secret(apart, "githubToken", TOKEN)
        yield memory


def own(github: MemoryGitHub) -> StoredHook:
    """Return the stack's only webhook. Another project's stays."""
    assert FOREIGN in [hook.config["url"] for hook in github.hooks.stored.values()]
    (found,) = [hook for hook in github.hooks.stored.values() if hook.config["url"] != FOREIGN]
    return found


def outputs(apart) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(apart.stack.call("stack", "output", "--show-secrets", "--json").stdout)
    return found


def check(apart, github: MemoryGitHub) -> StoredHook:
    """Return the stack's webhook, which has the stack's values, and which Kargo has answered."""
    hook, found = own(github), outputs(apart)
    expected = {"url": found["webhookUrls"]["github"], "secret": found["webhookSecrets"]["github"]}
    assert hook.config == {**expected, "content_type": "json", "insecure_ssl": "0"}
    assert (hook.events, hook.active) == (["pull_request"], True)
    last = hook.deliveries[0]
    assert (last["event"], last["answer"][0]) == ("ping", 200)
    return hook


def urn_of(apart, kind: str) -> str:
    (urn,) = [resource["urn"] for resource in apart.state() if resource["type"].endswith(f":{kind}")]
    return str(urn)


def test_the_life_of_a_webhook_in_github(apart, github):
    apart.up()
    hook = check(apart, github)
    assert outputs(apart)["webhookRegistration"]["github"].startswith("managed: Pull requests events of acme/gitops")
    apart.pulumi("preview", "--expect-no-changes", "--refresh")
    # An edit by hand.
    hook.active, hook.events = False, ["push"]
    apart.up("--refresh")
    assert check(apart, github).number == hook.number
    # A rotation.
    url = hook.config["url"]
    apart.stack.project.replace("webhooks.rotation", "another")
    printed = apart.up()
    assert "registered by hand" not in printed
    assert check(apart, github).number == hook.number
    assert hook.config["url"] != url
    # A run that was killed after its request, and before the engine wrote the state.
    apart.pulumi("state", "delete", urn_of(apart, "GitHubWebhook"), "--yes", "--force", "--target-dependents")
    apart.up()
    check(apart, github)
    apart.pulumi("preview", "--expect-no-changes", "--refresh")
    # Without a token the webhook is the user's.
    apart.stack.run("config", "rm", f"{NAME}:githubToken")
    apart.stack.project.replace("webhooks.rotation", "third")
    printed = apart.up()
    assert "receiver github has another URL and secret now, and its webhook is registered by hand" in printed
    assert [found.config["url"] for found in github.hooks.stored.values()] == [FOREIGN]
    assert TOKEN not in printed


def test_a_ping_that_does_not_reach_kargo_fails_up_and_the_next_up_is_clean(apart, github):
    deliver, github.hooks.receiver = github.hooks.receiver, lambda *_: (502, "failed to connect to host", "")
    printed = apart.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert "ping of GitHub: 502, failed to connect to host; make kargo.webhooksBaseUrl reachable from GitHub" in printed
    github.hooks.receiver = deliver
    apart.up()
    check(apart, github)
    apart.pulumi("destroy", "--yes", "--skip-preview")
    assert [found.config["url"] for found in github.hooks.stored.values()] == [FOREIGN]
