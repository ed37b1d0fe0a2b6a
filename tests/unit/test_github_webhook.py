"""The life of a webhook in GitHub: the effect of each change on a GitHub in memory, and that one webhook is left."""

import json
import time
from typing import Any

import httpx
import pytest
from pulumi.dynamic import Config

from clients.connection import ServiceError
from clients.github import GitHubError
from clients.github_deliveries import PingError
from components.dynamic.current_login import current_token
from components.dynamic.github_webhook import GitHubPingProvider, GitHubWebhookProvider
from tests.memory_gitea import answer_with
from tests.memory_github import MemoryGitHub, Repository, Token
from tests.memory_github_hooks import StoredHook
from tests.one_resource import OneResource
from tests.program import PROJECT, SECRET, merged, run, stack_values

TOKEN = "planted-user-token"
URL = "https://kargo.example.com/github/planted-path"
PROPS: dict[str, Any] = {
    "githubUrl": "https://github.com",
    "token": TOKEN,
    "owner": "Acme",
    "repository": "",
    "url": URL,
    "secret": "planted-secret",
    "events": ["package"],
    "caBundle": "",
    "active": True,
    "settled": True,
}
IN_REPOSITORY = {**PROPS, "repository": "gitops", "events": ["pull_request"]}
ROTATED = {"url": "https://kargo.example.com/github/other", "secret": "another-secret"}
BOTH = pytest.mark.parametrize("props", [PROPS, IN_REPOSITORY], ids=["organization", "repository"])


def config_of(token: str | None, stack: str = "prod", **changes: Any) -> dict[str, Any]:
    """Return the configuration of a committed stack, as the engine passes it."""
    values = merged(stack_values(stack), changes)
    encoded = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return {**encoded, **({"githubToken": token} if token else {})}


@pytest.fixture(autouse=True)
def acme(github):
    github.hooks.organizations["acme"] = {"robot"}
    return github.add(Repository(access={"robot": "admin"}))


@pytest.fixture
def hook():
    resource = OneResource(GitHubWebhookProvider)
    resource.config = config_of(TOKEN)
    return resource


def the_only(github: MemoryGitHub) -> StoredHook:
    (left,) = github.hooks.stored.values()
    return left


@BOTH
def test_a_second_up_asks_for_nothing_and_a_refresh_sees_no_change(hook, github, props):
    hook.up(props)
    before = hook.state
    hook.refresh()
    assert hook.state == before
    del github.requests[:]
    hook.up(props)
    assert github.requests == []


@BOTH
def test_hooks_of_interrupted_runs_and_of_a_user_go(hook, github, props):
    github.hooks.add("orgs/acme", URL, "package", "push", secret="by hand")
    github.hooks.add("repos/acme/gitops", URL, "pull_request", "push")
    for _ in range(3):
        hook.state = None
        hook.up(props)
    hook.refresh()
    assert hook.state
    place = "repos/acme/gitops" if props["repository"] else "orgs/acme"
    (left,) = [found for found in github.hooks.stored.values() if found.place == place]
    assert (left.config["secret"], left.events) == ("planted-secret", props["events"])


@BOTH
def test_a_forced_replacement_leaves_one_hook(hook, github, props):
    hook.up(props)
    hook.up(props, replace=True)
    hook.refresh()
    assert hook.state
    assert the_only(github).config["url"] == URL


@BOTH
def test_a_rotation_writes_url_and_secret_to_the_same_hook(hook, github, props):
    hook.up(props)
    number = the_only(github).number
    hook.up({**props, **ROTATED})
    left = the_only(github)
    assert left.number == number
    assert {key: left.config[key] for key in ("url", "secret")} == ROTATED


def test_a_rotation_that_was_cut_off_after_its_request_ends_with_one_hook(hook, github):
    hook.up(PROPS)
    before = hook.state
    hook.up({**PROPS, **ROTATED})
    hook.state = before
    hook.up({**PROPS, **ROTATED})
    assert the_only(github).config["secret"] == "another-secret"


def test_a_new_secret_alone_is_written_though_no_refresh_sees_it(hook, github):
    hook.up(PROPS)
    hook.refresh()
    hook.up({**PROPS, "secret": "another-secret"})
    assert the_only(github).config["secret"] == "another-secret"


def test_the_packages_repository_moves_the_hook_and_back(hook, github):
    hook.up(PROPS)
    hook.up({**PROPS, "repository": "gitops"})
    assert the_only(github).place == "repos/acme/gitops"
    hook.up(PROPS)
    assert the_only(github).place == "orgs/acme"


def test_two_hooks_of_one_repository_become_one_and_two_again(hook, github):
    other = OneResource(GitHubWebhookProvider)
    other.config = hook.config
    packages = {**PROPS, "repository": "gitops", "events": ["package", "pull_request"]}
    hook.up(PROPS)
    other.up(IN_REPOSITORY)
    # The first resource gets both events, and the second one is deleted afterwards.
    hook.up(packages)
    other.destroy()
    assert the_only(github).events == ["package", "pull_request"]
    # In any order.
    other.up(IN_REPOSITORY)
    hook.up(PROPS)
    assert {found.place: found.events for found in github.hooks.stored.values()} == {
        "orgs/acme": ["package"],
        "repos/acme/gitops": ["pull_request"],
    }


def test_another_spelling_of_the_owner_is_no_change(hook, github):
    hook.up(IN_REPOSITORY)
    hook.up({**IN_REPOSITORY, "owner": "ACME", "repository": "GitOps", **ROTATED})
    assert the_only(github).number == 1


def test_drift_is_found_and_repaired(hook, github):
    hook.up(PROPS)
    before = hook.state
    stored = the_only(github)
    stored.events, stored.active, stored.config = ["push"], False, {"url": "https://x", "content_type": "form"}
    hook.refresh()
    assert hook.state
    drifted = {key: hook.state[1][key] for key in ("url", "events", "active", "settled")}
    assert drifted == {"url": "https://x", "events": ["push"], "active": False, "settled": False}
    hook.up(PROPS)
    hook.refresh()
    assert hook.state == before
    github.hooks.stored.clear()
    hook.refresh()
    assert hook.state is None


def test_a_hook_that_is_gone_is_made_again_by_its_update(hook, github):
    hook.up(PROPS)
    github.hooks.stored.clear()
    hook.up({**PROPS, **ROTATED})
    assert the_only(github).config["url"] == ROTATED["url"]
    hook.refresh()
    assert hook.state


@BOTH
def test_hooks_of_others_stay(hook, github, props):
    for place in ("orgs/acme", "repos/acme/gitops"):
        github.hooks.add(place, "https://kargo.example.com/github/of-another-project", "package", "pull_request")
    hook.up(props)
    hook.up({**props, **ROTATED})
    hook.destroy()
    left = [found.config["url"].rpartition("/")[2] for found in github.hooks.stored.values()]
    assert left == ["of-another-project", "of-another-project"]


def test_a_user_needs_a_repository(hook, github):
    with pytest.raises(GitHubError, match=r"'somebody' is a user .*set webhooks\.repository"):
        hook.up({**PROPS, "owner": "somebody"})
    assert github.hooks.stored == {}


def test_reads_and_deletes_use_the_token_that_the_stacks_file_has_now(hook, github):
    hook.up(PROPS)
    github.tokens["new-token"] = github.tokens.pop(TOKEN)
    hook.config["githubToken"] = "new-token"
    hook.refresh()
    hook.destroy()
    assert github.hooks.stored == {}


def test_a_present_token_that_fails_is_an_error(hook, github):
    hook.up(PROPS)
    del github.tokens[TOKEN]
    with pytest.raises(GitHubError, match=r"refused the token \(401: Bad credentials\).*--run-program"):
        hook.destroy()
    assert hook.state


STORED = {"from": "azureKeyVault", "secretStore": "azure-keyvault-store", "key": "gitops"}
ON_ANOTHER_GITHUB = {
    "provider": "github",
    "repoURL": "https://acme.ghe.com/o/r.git",
    "login": {"username": "robot", "password": STORED},
}


@pytest.mark.parametrize(
    "config",
    [config_of(None), config_of("token-of-another-github", "dev", gitOps=ON_ANOTHER_GITHUB)],
    ids=["removed", "for another GitHub"],
)
def test_a_token_that_the_stack_no_longer_has_holds_up_nothing(hook, github, capfd, config):
    hook.up(PROPS)
    del github.tokens[TOKEN]
    hook.config = config
    hook.destroy()
    assert hook.state is None
    printed = capfd.readouterr().out
    assert "warning: a webhook remains at https://github.com (/orgs/Acme/hooks/1)" in printed
    assert "delete it by hand" in printed
    assert "planted" not in printed


def test_a_removed_token_that_still_works_deletes_the_hook(hook, github):
    hook.up(PROPS)
    hook.config = config_of(None)
    hook.destroy()
    assert github.hooks.stored == {}


def test_the_token_is_never_sent_to_another_server():
    given = Config({f"{PROJECT}:{key}": value for key, value in config_of("new-token").items()}, PROJECT)
    login = current_token(PROPS, given)
    assert (login.password, login.is_current) == ("new-token", True)
    login = current_token({**PROPS, "githubUrl": "https://acme.ghe.com"}, given)
    assert (login.password, login.is_current) == (TOKEN, False)
    assert current_token(PROPS, None).password == TOKEN


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.ConnectError("refused"), "GitHub at https://github.com cannot be reached from this machine"),
        (httpx.ReadTimeout("slow"), "did not answer within 20 s"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] x"), "set caBundle to a PEM file"),
    ],
)
def test_a_failed_connection_shows_no_secret(hook, monkeypatch, answer, said):
    def handler(_request: httpx.Request) -> httpx.Response:
        raise answer

    answer_with(monkeypatch, handler)
    with pytest.raises(GitHubError, match=said) as error:
        hook.up(PROPS)
    assert "planted" not in str(error.value)


def test_an_unreadable_ca_bundle_is_named(hook):
    with pytest.raises(ServiceError, match=r"caBundle: '/absent\.pem' is not a readable PEM file"):
        hook.up({**PROPS, "caBundle": "/absent.pem"})


def ping_of(hook: OneResource) -> tuple[OneResource, dict[str, Any]]:
    """Return the ping of a deployed webhook, and its inputs."""
    assert hook.state
    outs = hook.state[1]
    given = {key: outs[key] for key in ("githubUrl", "token", "path", "url", "caBundle")}
    return OneResource(GitHubPingProvider), {**given, "cluster": "1"}


def test_kargo_is_pinged_at_first_and_after_a_rotation_and_not_for_a_new_token(hook, github):
    pinged: list[str] = []

    def receiver(url: str, secret: str, event: str, body: dict[str, Any]) -> tuple[int, str, str]:
        pinged.append(f"{event} {url.rpartition('/')[2]}")
        return 200, "OK", "{}"

    hook.up(PROPS)
    github.hooks.receiver = receiver
    ping, props = ping_of(hook)
    ping.up(props)
    ping.up({**props, "token": "another"})
    assert pinged == ["ping planted-path"]
    hook.up({**PROPS, **ROTATED})
    ping.up({**props, "url": ROTATED["url"]})
    assert pinged == ["ping planted-path", "ping other"]


def test_a_ping_that_kargo_refuses_fails_and_a_missing_record_is_a_warning(hook, github, capfd, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    hook.up(PROPS)
    ping, props = ping_of(hook)
    github.hooks.receiver = lambda *_: (401, "Invalid HTTP Response: 401", '{"error":"unauthorized"}')
    with pytest.raises(PingError, match=r"^ping of GitHub: 401, .*: unauthorized; the secret in GitHub"):
        ping.up(props)
    assert ping.state is None
    github.hooks.is_slow = True
    ping.up(props)
    printed = capfd.readouterr().out
    assert "warning: GitHub has not recorded the delivery of its ping" in printed
    assert "planted" not in printed


def managed(changes: dict[str, Any], stack: str = "prod") -> dict[str, dict[str, Any]]:
    """Return the inputs of the webhooks and pings of a run with a token, by Pulumi name."""
    secrets = {"githubToken": TOKEN, "webhookSecret": SECRET}
    if stack == "dev":
        secrets["giteaPassword"] = "planted-gitea-password"
    recorder = run(stack, changes, secrets=secrets).recorder
    found = [*recorder.of_type("GitHubWebhook"), *recorder.of_type("GitHubPing")]
    for resource in found:
        assert {"token", "url"} <= resource.secret_inputs
        plain = {key: value for key, value in resource.inputs.items() if key not in resource.secret_inputs}
        assert TOKEN not in json.dumps(plain)
        assert SECRET not in json.dumps(plain)
    return {resource.name: resource.inputs for resource in found}


OPENS = {"pipelines": [{"name": "backstage", "image": "b", "stages": [{"name": "d", "promoteBy": "pullRequest"}]}]}


def places(found: dict[str, dict[str, Any]]) -> dict[str, tuple[str, str, list[str]]]:
    hooks = {name: inputs for name, inputs in found.items() if "owner" in inputs}
    return {name: (hook["owner"], hook["repository"], hook["events"]) for name, hook in hooks.items()}


def test_with_a_token_production_manages_its_webhooks():
    packages = ("pittampalliorg", "", ["package"])
    requests = ("pittampalliorg", "backstage-gitops", ["pull_request"])
    assert places(managed({})) == {"github-packages": packages}
    assert places(managed(OPENS)) == {"github-packages": packages, "github-pull-requests": requests}
    one = managed({**OPENS, "webhooks": {"repository": "backstage-gitops"}})
    assert places(one) == {
        "github-packages": ("pittampalliorg", "backstage-gitops", ["package", "pull_request"]),
    }
    assert one.keys() == {"github-packages", "github-ping-packages"}
    assert managed({"webhooks": {"testDelivery": False}}).keys() == {"github-packages"}


def test_images_in_gitea_and_a_repository_on_github_have_both_kinds():
    on_github = {**ON_ANOTHER_GITHUB, "repoURL": "https://github.com/team/gitops.git"}
    assert places(managed({**OPENS, "gitOps": on_github}, "dev")) == {
        "github-pull-requests": ("team", "gitops", ["pull_request"])
    }


def test_without_a_token_nothing_is_registered_in_github():
    result = run("prod", OPENS, secrets={"webhookSecret": SECRET})
    assert not [found for found in result.recorder.resources if "GitHub" in found.type]
    assert result.exports["webhookRegistration"]["github"].startswith("by hand: ")


def test_no_hook_is_written_before_kargos_paths_were_compared():
    written: list[str] = []

    def differs(_inputs):
        raise RuntimeError("planted")

    def write(inputs):
        written.append(inputs["owner"])
        return {}

    kinds = {"ReceiversReadiness": differs, "GitHubWebhook": write}
    with pytest.raises(Exception, match="planted"):
        run(
            "prod",
            secrets={"githubToken": TOKEN, "webhookSecret": SECRET},
            outputs={f"pulumi-python:dynamic:{kind}": answer for kind, answer in kinds.items()},
        )
    assert written == []


def test_a_token_of_somebody_without_rights_creates_nothing(hook, github):
    github.tokens[TOKEN] = Token("somebody")
    with pytest.raises(GitHubError, match="admin:org_hook"):
        hook.up(PROPS)
    assert github.hooks.stored == {}
