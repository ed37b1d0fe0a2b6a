"""The doctor's rows about webhooks that the stack manages in GitHub, and about those that a user registers."""

import pytest

from model.git_ops import GitOps
from model.pipeline import Pipeline
from model.stage import Stage
from model.webhooks import WebhookSettings
from ops.doctor import webhooks
from ops.doctor.finding import Finding
from ops.doctor.subject import Subject
from tests.memory_github import Repository
from tests.memory_github_hooks import StoredHook
from tests.unit import values
from tests.unit.doctor import look, subject

TOKEN = "planted-user-token"
URL = "https://kargo.example.com/github/planted-path-0123456789"
PACKAGES, REQUESTS = "webhook of receiver github in team", "webhook of receiver github in team/gitops"
BY_HAND = "webhook of receiver github"


def deployed(git_ops: GitOps | None = None, registration: bool = True, **fields) -> Subject:
    """Return a stack with images in GHCR that opens pull requests, and has a token."""
    pipeline = Pipeline(name="backstage", image="backstage", stages=(Stage(name="dev", promote_by="pullRequest"),))
    repository = GitOps(provider="github", repo_url="https://github.com/team/gitops.git", login=values.LOGIN)
    of = values.stack(values.GHCR, git_ops or repository, pipeline)
    of = of.model_copy(update={"webhooks": WebhookSettings(registration=registration)})
    given = {"secrets": {"githubToken": TOKEN}, "encrypted": {"githubToken"}, **fields}
    return subject(of=of, **{"outputs": {"webhookUrls": {"github": URL}}, **given})


@pytest.fixture(autouse=True)
def hooks(github) -> dict[str, StoredHook]:
    github.hooks.organizations["team"] = {"robot"}
    github.add(Repository("team/gitops", access={"robot": "admin"}))
    return {
        PACKAGES: github.hooks.add("orgs/team", URL, "package", secret="s"),
        REQUESTS: github.hooks.add("repos/team/gitops", URL, "pull_request", secret="s"),
    }


def rows(of: Subject) -> list[str]:
    return [name for name, _ in webhooks.checks(of) if name.startswith("webhook")]


def finding(name: str, of: Subject | None = None) -> Finding:
    return look(webhooks.checks(of or deployed()), name)


def test_healthy_webhooks_have_a_row_each(github, hooks):
    assert rows(deployed()) == [PACKAGES, REQUESTS]
    assert finding(PACKAGES).found == "active, events: package (orgs/team/hooks/1), no delivery in the last days"
    github.hooks.deliver(hooks[REQUESTS], "pull_request", {})
    assert finding(REQUESTS).found == (
        "active, events: pull_request (repos/team/gitops/hooks/2), Kargo accepted the last delivery (pull_request, "
        "2026-01-01T00:00:00Z)"
    )
    assert {finding(name).verdict for name in (PACKAGES, REQUESTS)} == {"ok"}


@pytest.mark.parametrize(
    ("change", "found", "expected"),
    [
        ({"active": False}, "inactive", "an active webhook"),
        ({"events": ["push"]}, "events: push", "events: package"),
        ({"events": ["package", "push"]}, "events: package, push", "events: package"),
        (
            {"config": {"url": URL, "content_type": "json", "insecure_ssl": "0"}},
            "another content type, no verification of certificates, or no secret",
            "content type application/json, verification of certificates, and a secret",
        ),
    ],
)
def test_a_changed_webhook_is_reported(hooks, change, found, expected):
    for key, value in change.items():
        setattr(hooks[PACKAGES], key, value)
    assert finding(PACKAGES) == Finding("failed", found, expected, "pulumi up --refresh --stack dev")


def test_a_missing_webhook_is_reported_with_others_for_this_kargo(github, hooks):
    del github.hooks.stored[1]
    assert finding(PACKAGES).found == "missing in orgs/team/hooks of https://github.com"
    github.hooks.add("orgs/team", "https://kargo.example.com/github/planted-former-path", "package")
    github.hooks.add("orgs/team", "https://kargo.example.com.evil.example/github/x", "package")
    found = finding(PACKAGES)
    assert found.found.endswith("; /orgs/team/hooks/3 deliver to this Kargo at other URLs")
    assert (found.verdict, found.advice) == ("failed", "pulumi up --refresh --stack dev")
    assert "planted" not in str(found)


@pytest.mark.parametrize(
    ("answer", "found", "advice"),
    [
        (
            (401, "Invalid HTTP Response: 401", '{"error":"unauthorized"}'),
            "401, Invalid HTTP Response: 401: unauthorized",
            "the secret in GitHub or in the cluster is another one; run pulumi up --refresh",
        ),
        ((502, "failed to connect to host", ""), "502, failed to connect to host", "make kargo.webhooksBaseUrl"),
    ],
)
def test_the_answer_to_the_last_delivery_is_named(github, hooks, answer, found, advice):
    github.hooks.deliver(hooks[PACKAGES], "ping", {})
    github.hooks.receiver = lambda *_: answer
    github.hooks.deliver(hooks[PACKAGES], "package", {})
    row = finding(PACKAGES)
    about = "the last delivery (package, 2026-01-01T00:00:00Z) was not accepted"
    assert (row.verdict, row.found) == ("failed", f"{about}: {found}")
    assert row.advice.startswith(advice)


def test_what_this_machine_cannot_read_is_unknown():
    no_token = finding(PACKAGES, deployed(secrets={}))
    assert (no_token.verdict, no_token.found) == ("unknown", "this machine cannot decrypt githubToken")
    no_url = finding(PACKAGES, deployed(outputs={}))
    assert (no_url.verdict, no_url.found) == (
        "unknown",
        "the stack's outputs do not contain the URL that it delivers to",
    )


@pytest.mark.parametrize("of", [deployed(secrets={}, encrypted=()), deployed(registration=False)])
def test_webhooks_by_hand_are_not_checked(github, of):
    assert rows(of) == [BY_HAND]
    pages = "https://github.com/team, https://github.com/team/gitops"
    assert finding(BY_HAND, of).found == f"not checked, because it is registered by hand: {pages}"
    assert github.requests == []


def test_a_repository_on_another_github_is_by_hand():
    elsewhere = GitOps(provider="github", repo_url="https://acme.ghe.com/o/r.git", login=values.LOGIN)
    of = deployed(elsewhere)
    assert rows(of) == [BY_HAND, PACKAGES]
    assert finding(BY_HAND, of).found.endswith("by hand: https://acme.ghe.com/o/r")
