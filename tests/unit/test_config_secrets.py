"""Secrets of a stack's file: what needs them, how they must lie there, and plain keys that must be no secret."""

import json

import pytest

from tests.program import PASSWORD
from tests.unit.configuration import PLANTED, WITH_PASSWORD, at, committed, lines, load, login, stages

SET_PASSWORD = "run: pulumi config set --secret kargo-backstage:giteaPassword --stack dev"
SET_WEBHOOK_SECRET = "run: pulumi config set --secret kargo-backstage:webhookSecret --stack dev"
STRONG = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("changes", "uses"),
    [
        ({}, "the Key Vault secret and the webhook in Gitea"),
        ({"webhooks": {"registration": False}}, "the Key Vault secret"),
        (login(password={"vault": None}), "the webhook in Gitea"),
    ],
)
@pytest.mark.parametrize("secrets", [{}, {"giteaPassword": ""}], ids=["absent", "empty"])
def test_a_missing_gitea_password_says_what_needs_it_and_which_command_sets_it(changes, uses, secrets):
    assert lines(changes, secrets=secrets) == [f"giteaPassword: missing, and needed for {uses}; {SET_PASSWORD}"]


def test_gitea_without_hook_and_vault_needs_no_password():
    off = {"webhooks": {"registration": False}, **login(password={"vault": None})}
    assert load(off, secrets={}).gitea_password is None


def test_ghcr_needs_no_gitea_password():
    assert load(stack="prod", secrets={}).gitea_password is None


@pytest.mark.parametrize("value", [PLANTED, " ", 83, 0.5, True, {"a": "b"}])
def test_a_password_in_clear_is_refused_with_the_command_that_encrypts_one(value):
    # In YAML, an unquoted 0123 is the number 83.
    assert lines({"giteaPassword": value}, secrets={}) == [
        f"giteaPassword: not encrypted; remove it, take another secret, and {SET_PASSWORD}"
    ]


def test_a_webhook_secret_in_clear_is_refused_too():
    assert lines({"webhookSecret": STRONG}) == [
        f"webhookSecret: not encrypted; remove it, take another secret, and {SET_WEBHOOK_SECRET}"
    ]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        *[(value, "blank") for value in (" ", "   ", "\n", "\t ", "\xa0")],
        *[(value, "has a line break or another invisible character") for value in ("a\n", "a\r\nb", "a\0", "\x1b[0m")],
    ],
)
def test_a_secret_that_nobody_can_sign_in_with_is_refused(value, problem):
    assert lines({}, secrets={"giteaPassword": value}) == [f"giteaPassword: {problem}; {SET_PASSWORD}"]
    assert lines({}, secrets={**WITH_PASSWORD, "webhookSecret": value}) == [
        f"webhookSecret: {problem}; {SET_WEBHOOK_SECRET}"
    ]


@pytest.mark.parametrize("password", ["0123", " blanks inside and around ", "{{ x }}", "ümlaut", "a:b@c/d"])
def test_any_other_password_is_accepted(password):
    assert load(secrets={"giteaPassword": password}).gitea_password is not None


def test_a_short_webhook_secret_is_refused_with_the_command_that_makes_one():
    assert lines({}, secrets={**WITH_PASSWORD, "webhookSecret": "hunter2-short"}) == [
        "webhookSecret: shorter than 32 characters; remove it to have one generated, or run: openssl rand -hex 32 | "
        "pulumi config set --secret kargo-backstage:webhookSecret --stack dev"
    ]
    assert load(secrets={**WITH_PASSWORD, "webhookSecret": STRONG}).webhook_secret is not None


@pytest.mark.parametrize("key", ["registry", "gitOps", "pipelines", "kubernetes", "kargo", "environment"])
def test_an_encrypted_value_in_a_plain_key_is_refused_naming_the_key(key):
    value = committed("dev")[key]
    encrypted = {key: value if isinstance(value, str) else json.dumps(value)}
    assert lines({}, secrets={**WITH_PASSWORD, **encrypted}) == [
        f"{key}: has an encrypted value (`secure:`), but is no secret; write it in clear, and secrets as giteaPassword "
        "or webhookSecret"
    ]


def test_mistakes_across_keys_are_reported_together_with_a_missing_password():
    found = lines({"regsitry": {}}, secrets={})
    assert [line.partition(":")[0] for line in found] == ["regsitry", "giteaPassword"]


@pytest.mark.parametrize(("owner", "username"), [("team", "robot"), ("giteaadmin", "giteaadmin2")])
def test_a_users_hook_that_is_never_told_of_the_images_is_refused(owner, username):
    changes = {"registry": {"owner": owner, "login": {"username": username}}, "webhooks": {"scope": "user"}}
    assert lines(changes) == [
        "webhooks.scope: the login's user does not own the images, of which its hook is never told; write owner"
    ]
    assert load({**changes, "webhooks": {"scope": "user", "registration": False}})


def test_a_users_hook_that_is_never_told_of_pull_requests_is_refused():
    changes = {**at("gitOps.repoUrl", "https://gitea.example.com/team/gitops.git"), **at("webhooks.scope", "user")}
    opens = stages({"name": "dev", "promoteBy": "pullRequest"})
    assert lines({**changes, **opens}) == [
        "webhooks.scope: the login's user does not own the GitOps repository, of which its hook is never told; "
        "write owner"
    ]
    assert load(changes)


def test_a_users_hook_is_told_of_what_the_user_owns():
    changes = {"registry": {"owner": "GiteaAdmin"}, "webhooks": {"scope": "user"}}
    assert load({**changes, **stages({"name": "dev", "promoteBy": "pullRequest"})}).stack.webhooks.scope == "user"


def test_no_secret_is_part_of_what_is_loaded():
    assert PASSWORD not in repr(load())
