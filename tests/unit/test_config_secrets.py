"""Secrets of a stack's file: what needs them, and that no line repeats one."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.configuration import lines, load, login, refusal


@pytest.mark.parametrize(
    ("changes", "uses"),
    [
        ({}, "the Key Vault secret and the webhook in Gitea"),
        ({"webhooks": {"registration": False}}, "the Key Vault secret"),
        (login(password={"vault": None}), "the webhook in Gitea"),
    ],
)
def test_a_missing_gitea_password_says_what_needs_it_and_which_command_sets_it(changes, uses):
    assert lines(changes, secrets={}) == [
        f"giteaPassword: missing, and needed for {uses}; "
        "run: pulumi config set --secret kargo-backstage:giteaPassword --stack dev"
    ]


def test_an_empty_gitea_password_is_a_missing_one():
    (line,) = lines({}, secrets={"giteaPassword": ""})
    assert line.startswith("giteaPassword: missing")


def test_gitea_without_hook_and_vault_needs_no_password():
    off = {"webhooks": {"registration": False}, **login(password={"vault": None})}
    assert load(off, secrets={}).gitea_password is None


def test_ghcr_needs_no_gitea_password():
    assert load(stack="prod", secrets={}).gitea_password is None


def test_a_short_webhook_secret_is_refused_with_the_command_that_makes_one():
    secrets = {"giteaPassword": "planted-gitea-password", "webhookSecret": "hunter2-short"}
    assert lines({}, secrets=secrets) == [
        "webhookSecret: shorter than 32 characters; remove it to have one generated, or run: openssl rand -hex 32 | "
        "pulumi config set --secret kargo-backstage:webhookSecret --stack dev"
    ]


def test_mistakes_across_keys_are_reported_together_with_a_missing_password():
    found = lines({"regsitry": {}}, secrets={})
    assert [line.partition(": ")[0].partition(":")[0] for line in found] == ["regsitry", "giteaPassword"]


def planted_at(path: str, text: str) -> dict[str, Any]:
    """Return changes that put `text` at `path`, and at a key that does not exist."""
    value: Any = text
    for key in reversed(path.split(".")):
        value = [value] if key == "[]" else {key: value}
    return {"misspelt": text, **value}


PATHS = [
    "environment",
    "kargo.project",
    "kargo.webhooksBaseUrl",
    "registry",
    "registry.kind",
    "registry.host",
    "registry.owner",
    "registry.insecureSkipTlsVerify",
    "registry.login",
    "registry.login.username",
    "registry.login.password",
    "registry.login.password.from",
    "registry.login.password.secretStore",
    "registry.login.password.key",
    "registry.login.password.refreshInterval",
    "registry.login.password.vault.name",
    "gitOps.provider",
    "gitOps.repoUrl",
    "gitOps.branch",
    "gitOps.imagesFile",
    "pipelines",
    "pipelines.[].name",
    "pipelines.[].image",
    "pipelines.[].app",
    "pipelines.[].warehouse.allowTagsRegexes.[]",
    "pipelines.[].warehouse.semverConstraint",
    "pipelines.[].warehouse.discoveryLimit",
    "pipelines.[].warehouse.interval",
    "pipelines.[].stages.[].name",
    "pipelines.[].stages.[].environment",
    "pipelines.[].stages.[].promoteBy",
    "pipelines.[].stages.[].upstream.[]",
    "webhooks.scope",
    "webhooks.rotation",
    "giteaPasword",
]


@settings(max_examples=60, deadline=None)
@given(
    path=st.sampled_from(PATHS),
    before=st.sampled_from(["", "https://", "https://u:", "ssh://", "(", "["]),
    after=st.text(st.characters(codec="utf-8"), max_size=12),
)
@example(path="registry.host", before="", after="@")
@example(path="gitOps.repoUrl", before="https://u:", after="@git.example/a/b.git")
def test_no_error_repeats_a_configured_value(path, before, after):
    message = refusal(planted_at(path, f"{before}hunter2-{after}"))
    assert "misspelt: unknown key" in message
    assert "hunter2" not in message
