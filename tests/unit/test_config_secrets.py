"""Encrypted keys of a stack's file: their uses, their form, and plain keys that must not be encrypted."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat

from config.errors import ConfigError
from model.secrets import SECRETS
from tests.keys import other_keys, rsa_key
from tests.program import PASSWORD, WITH_PASSWORD
from tests.unit.configuration import PLANTED, committed, git_login, lines, load, login, stages

SET_PASSWORD = "run: pulumi config set --secret kargo-backstage:giteaPassword --stack dev"
SET_WEBHOOK_SECRET = "run: pulumi config set --secret kargo-backstage:webhookSecret --stack dev"
IN_PLAIN_TEXT = "stored in plain text; remove it, rotate it (it may be in Git history), then"
STRONG = "0123456789abcdef0123456789abcdef"
PKCS8 = PrivateFormat.PKCS8
WRITTEN = {"from": "stack", "secretStore": None, "key": None, "vault": None}
OWNED = {"vault": {"resourceGroup": "backstage-dev", "name": "backstage-dev"}}
APP = {"clientId": "Iv23liAbCdEfGh", "installationId": 12345678, "privateKey": {"from": "stack"}}
ON_GITHUB = {"provider": "github", "repoURL": "https://github.com/team/gitops.git", "login": {"githubApp": APP}}
ELSEWHERE = {"provider": "gitea", "repoURL": "https://git.example.com/team/gitops.git"}
OPENS = stages({"name": "dev", "promoteBy": "pullRequest"})


@pytest.mark.parametrize(
    ("changes", "uses"),
    [
        ({}, "the Key Vault secret of registry.login and the webhook in Gitea"),
        ({"webhooks": {"registration": False}}, "the Key Vault secret of registry.login"),
        (login(password={"vault": None}), "the webhook in Gitea"),
    ],
)
@pytest.mark.parametrize("secrets", [{}, {"giteaPassword": ""}], ids=["absent", "empty"])
def test_a_missing_gitea_password_says_what_needs_it_and_which_command_sets_it(changes, uses, secrets):
    assert lines(changes, secrets=secrets) == [f"giteaPassword: missing, required for {uses}; {SET_PASSWORD}"]


def test_gitea_without_hook_and_vault_needs_no_password():
    off = {"webhooks": {"registration": False}, **login(password={"vault": None})}
    assert load(off, secrets={}).secrets == {}


def test_ghcr_needs_no_gitea_password():
    assert load(stack="prod", secrets={}).secrets == {}


@pytest.mark.parametrize("value", [PLANTED, " ", 83, 0.5, True, {"a": "b"}])
def test_a_password_in_plain_text_is_refused_with_the_command_that_encrypts_one(value):
    # In YAML, an unquoted 0123 is the number 83.
    assert lines({"giteaPassword": value}, secrets={}) == [f"giteaPassword: {IN_PLAIN_TEXT} {SET_PASSWORD}"]


def test_a_webhook_secret_in_plain_text_is_refused_too():
    assert lines({"webhookSecret": STRONG}) == [f"webhookSecret: {IN_PLAIN_TEXT} {SET_WEBHOOK_SECRET}"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        *[(value, "empty") for value in (" ", "   ", "\n", "\t ", "\xa0")],
        *[
            (value, "contains a line break or another invisible character")
            for value in ("a\n", "a\r\nb", "a\0", "\x1b[0m")
        ],
    ],
)
def test_a_secret_that_nobody_can_sign_in_with_is_refused(value, problem):
    assert lines({}, secrets={"giteaPassword": value}) == [f"giteaPassword: {problem}; {SET_PASSWORD}"]
    assert lines({}, secrets={**WITH_PASSWORD, "webhookSecret": value}) == [
        f"webhookSecret: {problem}; {SET_WEBHOOK_SECRET}"
    ]


@pytest.mark.parametrize("password", ["0123", " blanks inside and around ", "{{ x }}", "ümlaut", "a:b@c/d"])
def test_any_other_password_is_accepted(password):
    assert load(secrets={"giteaPassword": password}).secrets.keys() == {"giteaPassword"}


def test_a_short_webhook_secret_is_refused_with_the_command_that_makes_one():
    assert lines({}, secrets={**WITH_PASSWORD, "webhookSecret": "hunter2-short"}) == [
        "webhookSecret: shorter than 32 characters; remove it to have one generated, or run: openssl rand -hex 32 | "
        "pulumi config set --secret kargo-backstage:webhookSecret --stack dev"
    ]
    assert "webhookSecret" in load(secrets={**WITH_PASSWORD, "webhookSecret": STRONG}).secrets


@pytest.mark.parametrize("key", ["registry", "gitOps", "pipelines", "kubernetes", "kargo", "environment"])
def test_an_encrypted_value_in_a_plain_key_is_refused_naming_the_key(key):
    value = committed("dev")[key]
    encrypted = {key: value if isinstance(value, str) else json.dumps(value)}
    assert lines({}, secrets={**WITH_PASSWORD, **encrypted}) == [
        f"{key}: must not be encrypted (`secure:`); write it in plain text; secrets belong in: {', '.join(SECRETS)}"
    ]


def test_mistakes_across_keys_are_reported_together_with_a_missing_password():
    found = lines({"regsitry": {}}, secrets={})
    assert [line.partition(":")[0] for line in found] == ["regsitry", "giteaPassword"]


def test_no_secret_is_part_of_what_is_loaded():
    assert PASSWORD not in repr(load())


@pytest.mark.parametrize(
    ("changes", "secrets"),
    [
        # A user of one Gitea has one password.
        (login(password=WRITTEN), ["giteaPassword"]),
        ({**login(password=WRITTEN), **git_login(username="GiteaAdmin", password=WRITTEN)}, ["giteaPassword"]),
        # Kargo may sign in with another token of that user, or as another user.
        (login(password=WRITTEN), ["giteaPassword", "registryPassword"]),
        ({**login(password=WRITTEN), "webhooks": {"username": "robot"}}, ["giteaPassword", "registryPassword"]),
        ({**login(password=WRITTEN), "webhooks": {"registration": False}}, ["registryPassword"]),
        (git_login(password=WRITTEN), ["giteaPassword", "gitOpsPassword"]),
        # The GitOps repository's own host has its own password.
        ({"gitOps": ON_GITHUB}, ["giteaPassword", "gitOpsPrivateKey"]),
        ({"gitOps": {**ELSEWHERE, **git_login()["gitOps"]}, **OPENS}, ["giteaPassword", "gitOpsPassword"]),
        ({"gitOps": {**ELSEWHERE, **git_login(password=WRITTEN)["gitOps"]}}, ["giteaPassword", "gitOpsPassword"]),
    ],
)
def test_each_login_takes_its_own_secret_and_giteas_user_the_one_of_gitea(changes, secrets):
    given = planted(*secrets)
    assert load(changes, secrets=given).secrets.keys() == given.keys()


def planted(*keys: str) -> dict[str, str]:
    """Return a value for each of these secrets."""
    return {key: rsa_key() if key == "gitOpsPrivateKey" else PASSWORD for key in keys}


@pytest.mark.parametrize(
    ("changes", "key", "use"),
    [
        (
            {**login(password=WRITTEN), "webhooks": {"username": "robot"}},
            "registryPassword",
            "the Secret of registry.login",
        ),
        ({"webhooks": {"username": "robot"}}, "registryPassword", "the Key Vault secret of registry.login"),
        (git_login(password=WRITTEN), "gitOpsPassword", "the Secret of gitOps.login"),
        (git_login(password=OWNED), "gitOpsPassword", "the Key Vault secret of gitOps.login"),
        ({"gitOps": {**ELSEWHERE, **git_login()["gitOps"]}, **OPENS}, "gitOpsPassword", "the webhook in Gitea"),
    ],
)
def test_a_login_that_giteas_password_does_not_fit_has_its_own(changes, key, use):
    command = f"pulumi config set --secret kargo-backstage:{key} --stack dev"
    assert lines(changes) == [f"{key}: missing, required for {use}; run: {command}"]
    assert load(changes, secrets=planted("giteaPassword", key))


SET_KEY = "pulumi config set --secret kargo-backstage:gitOpsPrivateKey --stack dev < key.pem"


def test_a_private_key_is_set_from_its_file():
    assert lines({"gitOps": ON_GITHUB}) == [
        f"gitOpsPrivateKey: missing, required for the Secret of gitOps.login; run: {SET_KEY}"
    ]


def of_key(value: str) -> list[str]:
    """Return the error lines of a GitHub App's private key."""
    try:
        load({"gitOps": ON_GITHUB}, secrets={**WITH_PASSWORD, "gitOpsPrivateKey": value})
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "made",
    [
        rsa_key,
        lambda: rsa_key(PKCS8),
        lambda: rsa_key(bits=4096),
        lambda: rsa_key().replace("\n", "\r\n"),
        lambda: rsa_key().rstrip(),
        lambda: f"the key of the App\n{rsa_key()}\n",
        lambda: rsa_key().replace("RSA PRIVATE KEY", "PRIVATE KEY"),
        lambda: rsa_key().replace("KEY-----\n", "KEY-----  \n", 1),
        lambda: rsa_key().replace("KEY-----\n", "KEY-----\nName: app\n\n", 1),
        lambda: base64.b64encode(rsa_key().encode()).decode(),
        lambda: base64.encodebytes(rsa_key(PKCS8).encode()).decode(),
    ],
)
def test_a_private_key_that_go_reads_is_accepted(made):
    assert of_key(made()) == []


@pytest.mark.parametrize(
    "made",
    [
        *(lambda text=text: text for text in (PLANTED, "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n", "key.pem")),
        lambda: rsa_key().replace("\n", " "),
        lambda: rsa_key()[:500],
        lambda: rsa_key().replace("\n", "\r"),
        lambda: rsa_key().replace("\n-----END", "A\n-----END"),
        lambda: f"x{rsa_key()}",
        lambda: rsa_key().replace("-----END RSA", "-----END"),
    ],
)
def test_a_text_without_a_private_key_is_refused(made):
    assert of_key(made()) == [f"gitOpsPrivateKey: not a private key in PEM format; run: {SET_KEY}"]


@pytest.mark.parametrize("form", [PrivateFormat.TraditionalOpenSSL, PKCS8], ids=["PKCS #1", "PKCS #8"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CR LF"])
def test_an_encrypted_private_key_is_refused_with_the_command_that_decrypts_it(form, line_end):
    assert of_key(rsa_key(form, is_encrypted=True).replace("\n", line_end)) == [
        "gitOpsPrivateKey: encrypted with a passphrase, which Kargo does not have; run: openssl rsa -in encrypted.pem "
        f"-out key.pem && {SET_KEY}"
    ]


@pytest.mark.parametrize("what", [*other_keys(), "certificate"])
def test_another_kind_of_key_is_refused(what):
    value = other_keys().get(what, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    fix = "generate a key on the App's settings page, and run:"
    assert of_key(value) == [f"gitOpsPrivateKey: not an RSA private key; {fix} {SET_KEY}"]


def test_a_private_key_with_a_changed_byte_is_refused():
    first, *body, last = rsa_key().splitlines()
    der = bytearray(base64.b64decode("".join(body)))
    for at in range(0, len(der), 37):
        changed = bytes([*der[:at], der[at] ^ 1, *der[at + 1 :]])
        (line,) = of_key(f"{first}\n{base64.b64encode(changed).decode()}\n{last}\n")
        assert "not an RSA private key" in line, at


@pytest.mark.parametrize(
    ("stack", "changes", "key"),
    [
        ("prod", {}, "giteaPassword"),
        ("prod", {}, "gitOpsPassword"),
        ("dev", {}, "gitOpsPassword"),
        ("dev", {}, "gitOpsPrivateKey"),
        ("dev", login(password={"vault": None}), "registryPassword"),
        ("dev", {"registry": {"login": None}, **git_login()}, "registryPassword"),
        ("dev", {"gitOps": {**ON_GITHUB, **git_login()["gitOps"]}}, "gitOpsPrivateKey"),
    ],
)
def test_a_secret_that_nothing_reads_is_refused(stack, changes, key):
    given = planted(key, *(["giteaPassword"] if stack == "dev" else []))
    assert lines(changes, stack, given) == [
        f"{key}: not used; run: pulumi config rm kargo-backstage:{key} --stack {stack}"
    ]


SET_TOKEN = "run: pulumi config set --secret kargo-backstage:githubToken --stack prod"
UNUSED_TOKEN = "githubToken: not used; run: pulumi config rm kargo-backstage:githubToken --stack"


def test_a_token_for_webhooks_in_github_is_optional_and_encrypted():
    assert load(stack="prod", secrets={}).secrets == {}
    assert load(stack="prod", secrets={"githubToken": "ghp_0123"}).secrets.keys() == {"githubToken"}
    assert lines({"githubToken": PLANTED}, "prod", {}) == [f"githubToken: {IN_PLAIN_TEXT} {SET_TOKEN}"]
    assert lines({}, "prod", {"githubToken": " "}) == [f"githubToken: empty; {SET_TOKEN}"]


@pytest.mark.parametrize(
    ("changes", "stack", "secrets"),
    [
        ({"webhooks": {"registration": False}}, "prod", {}),
        # No GitHub sends events.
        ({}, "dev", WITH_PASSWORD),
        ({"gitOps": ON_GITHUB}, "dev", {**WITH_PASSWORD, "gitOpsPrivateKey": rsa_key()}),
    ],
)
def test_a_token_that_nothing_uses_is_refused(changes, stack, secrets):
    assert lines(changes, stack, {**secrets, "githubToken": PLANTED}) == [f"{UNUSED_TOKEN} {stack}"]


def test_a_token_for_the_pull_requests_of_a_repository_on_github_is_used():
    secrets = {**WITH_PASSWORD, "gitOpsPrivateKey": rsa_key(), "githubToken": "ghp_0123"}
    assert load({"gitOps": ON_GITHUB, **OPENS}, secrets=secrets).secrets.keys() == secrets.keys()
