"""The senders of each receiver: the owner of the events, its Gitea or GitHub, and the registration."""

import json
from typing import Any

import pytest
from pulumi.dynamic import Config

from clients.gitea_hooks import stored_name
from components.dynamic.current_login import current_login
from kargo.receivers import receivers
from kargo.registration import by_hand, github_hooks, registrations
from model.git_ops import GitOps
from model.pipeline import Pipeline
from model.stage import Stage
from model.webhooks import WebhookSettings
from tests.program import OTHER_PASSWORD, PASSWORD, PROJECT, SECRET, merged, run, stack_values
from tests.unit.values import GHCR, GITEA, GITHUB_REPOSITORY, LOGIN, REPOSITORY, stack

BY_PULL_REQUEST = Pipeline(name="backstage", image="backstage", stages=(Stage(name="dev", promote_by="pullRequest"),))
GITEA_PACKAGES = {"gitea-packages": "managed: Package events of GiteaAdmin at https://gitea.example.com:8443"}
# The repository's Gitea is another one than the registry's.
GITEA_REQUESTS = {"gitea-pull-requests": "managed: Pull Request events of o at https://gitea.example.com"}
PULL_REQUESTS = {
    "pipelines": [{"name": "backstage", "image": "b", "stages": [{"name": "d", "promoteBy": "pullRequest"}]}]
}
STORED = {"from": "azureKeyVault", "secretStore": "azure-keyvault-store", "key": "gitops"}
OWN = {"login": {"username": "writer", "password": STORED}}
ON_GITEA = {"gitOps": {"provider": "gitea", "repoURL": "https://git.example.com/platform/gitops.git", **OWN}}
ON_GITHUB = {"gitOps": {"provider": "github", "repoURL": "https://github.com/platform/gitops.git", **OWN}}
# What a run on mocks needs to know of the cluster.
SECRETS = {"giteaPassword": PASSWORD, "webhookSecret": SECRET}
BY_ROBOT = {"webhooks": {"username": "robot"}}
TWO_GITEAS = {**SECRETS, "gitOpsPassword": OTHER_PASSWORD}


@pytest.mark.parametrize(
    ("registry", "git_ops", "managed", "expected"),
    [
        (GITEA, REPOSITORY, True, GITEA_PACKAGES | GITEA_REQUESTS),
        (
            GITEA,
            REPOSITORY,
            False,
            {
                "gitea-packages": "by hand: event Package at https://gitea.example.com:8443/GiteaAdmin",
                "gitea-pull-requests": "by hand: event Pull Request at https://gitea.example.com/o/r",
            },
        ),
        (
            GITEA,
            GITHUB_REPOSITORY,
            True,
            GITEA_PACKAGES | {"github": "by hand: event Pull requests at https://github.com/o/r"},
        ),
        (
            GHCR,
            GITHUB_REPOSITORY,
            True,
            {
                "github": "by hand: event Packages at https://github.com/team; "
                "event Pull requests at https://github.com/o/r"
            },
        ),
        (GHCR, REPOSITORY, True, GITEA_REQUESTS | {"github": "by hand: event Packages at https://github.com/team"}),
    ],
)
def test_each_receiver_says_who_registers_it_where_and_for_which_events(registry, git_ops, managed, expected):
    of = stack(registry, git_ops, BY_PULL_REQUEST)
    of = of.model_copy(update={"webhooks": WebhookSettings(registration=managed)})
    assert registrations(of, {"giteaPassword", "gitOpsPassword"}) == expected


OTHER_GITHUB = GitOps(provider="github", repo_url="https://acme.ghe.com/o/r.git", login=LOGIN)
TEAMS_REPOSITORY = GitOps(provider="github", repo_url="https://github.com/Team/gitops.git", login=LOGIN)
MANAGED_PACKAGES = "managed: Packages events of team at https://github.com"


@pytest.mark.parametrize(
    ("registry", "git_ops", "repository", "hooks", "told"),
    [
        # An organization's webhook for packages, and a repository's for pull requests.
        (
            GHCR,
            GITHUB_REPOSITORY,
            None,
            [("team", "", ("package",)), ("o", "r", ("pull_request",))],
            f"{MANAGED_PACKAGES}; Pull requests events of o/r at https://github.com",
        ),
        (
            GHCR,
            TEAMS_REPOSITORY,
            "app",
            [("team", "app", ("package",)), ("Team", "gitops", ("pull_request",))],
            "managed: Packages events of team/app at https://github.com; "
            "Pull requests events of Team/gitops at https://github.com",
        ),
        # The same repository has one webhook.
        (
            GHCR,
            TEAMS_REPOSITORY,
            "GitOps",
            [("team", "GitOps", ("package", "pull_request"))],
            "managed: Packages events of team/GitOps at https://github.com; "
            "Pull requests events of Team/gitops at https://github.com",
        ),
        (GHCR, REPOSITORY, None, [("team", "", ("package",))], MANAGED_PACKAGES),
        (
            GITEA,
            GITHUB_REPOSITORY,
            None,
            [("o", "r", ("pull_request",))],
            "managed: Pull requests events of o/r at https://github.com",
        ),
        (
            GITEA,
            OTHER_GITHUB,
            None,
            [("o", "r", ("pull_request",))],
            "managed: Pull requests events of o/r at https://acme.ghe.com",
        ),
        # The token goes to one GitHub.
        (
            GHCR,
            OTHER_GITHUB,
            None,
            [("team", "", ("package",))],
            f"{MANAGED_PACKAGES}; by hand: event Pull requests at https://acme.ghe.com/o/r",
        ),
    ],
)
def test_a_token_manages_the_webhooks_of_one_github(registry, git_ops, repository, hooks, told):
    of = stack(registry, git_ops, BY_PULL_REQUEST)
    of = of.model_copy(update={"webhooks": WebhookSettings(repository=repository)})
    (receiver,) = (found for found in receivers(of) if not found.fed_by_gitea)
    assert [(hook.owner, hook.repository, hook.events) for hook in github_hooks(receiver)] == hooks
    assert registrations(of, {"githubToken"})["github"] == told
    off = of.model_copy(update={"webhooks": WebhookSettings(repository=repository, registration=False)})
    assert registrations(off, {"githubToken"})["github"].startswith("by hand: ")
    assert "managed" not in registrations(off, {"githubToken"})["github"]


def test_a_linked_repository_is_the_page_for_a_webhook_by_hand():
    of = stack(GHCR, REPOSITORY, BY_PULL_REQUEST)
    of = of.model_copy(update={"webhooks": WebhookSettings(repository="app")})
    assert registrations(of, ())["github"] == "by hand: event Packages at https://github.com/team/app"


@pytest.mark.parametrize(
    ("keys", "registered", "names", "lines"),
    [
        ({"giteaPassword"}, True, ["github", "gitea-packages"], ["github"]),
        ({"giteaPassword"}, False, ["github", "gitea-packages"], ["gitea-packages", "github"]),
        ({"giteaPassword"}, True, ["gitea-packages"], []),
        ({"giteaPassword", "githubToken"}, True, ["github", "gitea-packages"], []),
    ],
)
def test_a_new_url_that_a_user_must_set_is_told_with_page_and_event(keys, registered, names, lines):
    of = stack(GITEA, GITHUB_REPOSITORY, BY_PULL_REQUEST)
    of = of.model_copy(update={"webhooks": WebhookSettings(registration=registered)})
    told = {
        "github": "receiver github has another URL and secret now, and its webhook is registered by hand; set the new "
        "URL and secret in the webhook with event Pull requests at https://github.com/o/r: pulumi stack output "
        "--show-secrets",
        "gitea-packages": "receiver gitea-packages has another URL now, and its webhook is registered by hand; set the "
        "new URL in the webhook with event Package at https://gitea.example.com:8443/GiteaAdmin: pulumi stack output "
        "--show-secrets",
    }
    assert [*by_hand(of, keys, names)] == [told[name] for name in lines]


@pytest.mark.parametrize("url", ["https://h:3000/Team/r.git", "https://h:3000/Team/r", "https://h:3000/Team/r/"])
def test_a_repository_names_its_server_and_owner(url):
    repository = GitOps(provider="gitea", repo_url=url)
    assert (repository.server, repository.owner, repository.page) == ("https://h:3000", "Team", "https://h:3000/Team/r")


def hooks_of(
    changes: dict[str, Any], secrets: dict[str, str], stack_name: str = "dev"
) -> dict[str, tuple[str, str, str]]:
    """Return server, owner and stored event of each hook of a run, by Pulumi name."""
    found = run(stack_name, changes, secrets=secrets).recorder.of_type("GiteaWebhook")
    return {
        hook.name: (hook.inputs["giteaUrl"], hook.inputs["owner"], stored_name(hook.inputs["events"][0]))
        for hook in found
    }


def test_pull_request_hooks_belong_to_the_repositorys_gitea_and_owner():
    assert hooks_of(PULL_REQUESTS | ON_GITEA, TWO_GITEAS) == {
        "gitea-gitea-packages": ("https://gitea.cnoe.localtest.me:8443", "giteaadmin", "package"),
        "gitea-gitea-pull-requests": ("https://git.example.com", "platform", "pull_request"),
    }


def test_images_in_ghcr_and_a_repository_in_gitea_get_the_hook_of_the_repository():
    assert hooks_of(PULL_REQUESTS | ON_GITEA, SECRETS, "prod") == {
        "gitea-gitea-pull-requests": ("https://git.example.com", "platform", "pull_request")
    }


@pytest.mark.parametrize(
    ("changes", "stack_name", "expected"),
    [
        ({}, "dev", {("https://gitea.cnoe.localtest.me:8443", "giteaadmin", PASSWORD)}),
        (ON_GITHUB, "dev", {("https://gitea.cnoe.localtest.me:8443", "giteaadmin", PASSWORD)}),
        (
            ON_GITEA,
            "dev",
            {
                ("https://gitea.cnoe.localtest.me:8443", "giteaadmin", PASSWORD),
                ("https://git.example.com", "writer", OTHER_PASSWORD),
            },
        ),
        (ON_GITEA, "prod", {("https://git.example.com", "writer", PASSWORD)}),
        (ON_GITEA | BY_ROBOT, "prod", {("https://git.example.com", "robot", PASSWORD)}),
        (
            ON_GITEA | BY_ROBOT,
            "dev",
            {
                ("https://gitea.cnoe.localtest.me:8443", "robot", PASSWORD),
                ("https://git.example.com", "writer", OTHER_PASSWORD),
            },
        ),
        # The same host, whichever way its port is written.
        (
            {"registry": {"host": "git.example.com:443"}} | ON_GITEA,
            "dev",
            {
                ("https://git.example.com:443", "giteaadmin", PASSWORD),
                ("https://git.example.com", "giteaadmin", PASSWORD),
            },
        ),
    ],
)
def test_a_hook_is_managed_with_a_login_of_its_own_gitea(changes, stack_name, expected):
    result = run(stack_name, PULL_REQUESTS | changes, secrets=secrets_of(changes, stack_name))
    hooks = [hook.inputs for hook in result.recorder.of_type("GiteaWebhook")]
    assert {(hook["giteaUrl"], hook["username"], hook["password"]) for hook in hooks} == expected


def secrets_of(changes: dict[str, Any], stack_name: str) -> dict[str, str]:
    """Return the secrets that are needed with `changes`."""
    needed = {**SECRETS}
    has_another_gitea = "registry" not in changes and changes.get("gitOps", {}).get("provider") == "gitea"
    if stack_name == "dev" and has_another_gitea:
        needed["gitOpsPassword"] = OTHER_PASSWORD
    if stack_name == "dev" and "webhooks" in changes:
        needed["registryPassword"] = OTHER_PASSWORD
    return needed


def test_images_in_gitea_and_a_repository_on_github_get_the_hook_of_the_images():
    result = run("dev", PULL_REQUESTS | ON_GITHUB, secrets=SECRETS)
    (hook,) = result.recorder.of_type("GiteaWebhook")
    assert hook.inputs["events"] == ["package"]
    assert result.exports["webhookRegistration"].keys() == {"gitea-packages", "github"}
    assert result.exports["webhookRegistration"]["github"].startswith("by hand: event Pull requests")


def test_the_password_is_missed_where_only_the_repository_is_in_gitea():
    with pytest.raises(Exception, match="giteaPassword: missing, required for the webhook in Gitea"):
        run("prod", PULL_REQUESTS | ON_GITEA, secrets={"webhookSecret": SECRET})
    run("prod", PULL_REQUESTS | ON_GITEA | {"webhooks": {"registration": False}}, secrets={"webhookSecret": SECRET})


def test_pull_requests_get_a_test_delivery_if_gitea_sends_them():
    check = run("dev", PULL_REQUESTS, secrets=SECRETS).recorder.one("PullRequestDeliveryCheck")
    assert check.secret_inputs == {"url", "secret"}
    assert not run("dev", PULL_REQUESTS | ON_GITHUB, secrets=SECRETS).recorder.of_type("PullRequestDeliveryCheck")
    off = {"webhooks": {"testDelivery": False}}
    assert not run("dev", PULL_REQUESTS | off, secrets=SECRETS).recorder.of_type("PullRequestDeliveryCheck")


def test_hooks_are_named_after_their_receiver_and_kargo():
    names = [h.inputs["name"] for h in run("dev", PULL_REQUESTS, secrets=SECRETS).recorder.of_type("GiteaWebhook")]
    kargo = "https://kargo-webhooks.cnoe.localtest.me:8443"
    expected = [f"Kargo backstage/{name} at {kargo}" for name in ("gitea-packages", "gitea-pull-requests")]
    assert sorted(names) == expected


def config_of(values: dict[str, Any], **secrets: str) -> Config:
    """Return a stack's configuration as the engine hands it to a dynamic provider."""
    plain = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return Config({f"{PROJECT}:{key}": value for key, value in {**plain, **secrets}.items()}, PROJECT)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("dev", {}),
        ("dev", ON_GITEA),
        ("prod", ON_GITEA),
        ("dev", ON_GITHUB),
        ("dev", ON_GITEA | BY_ROBOT),
        ("prod", ON_GITEA | BY_ROBOT),
        ("dev", {"registry": {"host": "git.example.com:443"}} | ON_GITEA),
    ],
)
def test_a_provider_finds_the_program_s_own_logins_in_the_stacks_file(name, changes):
    changes = PULL_REQUESTS | changes
    values = merged(stack_values(name), changes)
    secrets = secrets_of(changes, name)
    for hook in run(name, changes, secrets=secrets).recorder.of_type("GiteaWebhook"):
        current = {key: f"new {value}" for key, value in secrets.items()}
        login = current_login({**hook.inputs, "password": "old"}, config_of(values, **current))
        assert (login.password, login.is_current) == (f"new {hook.inputs['password']}", True)
        for other in ({"username": "x"}, {"giteaUrl": "https://elsewhere.example.com"}):
            login = current_login({**hook.inputs, "password": "old", **other}, config_of(values, **current))
            assert (login.password, login.is_current) == ("old", False)
