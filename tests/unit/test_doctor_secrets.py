"""The doctor's rows of Secrets: the Secret that Kargo uses for a repository, and the Secret of an announcement."""

import base64
from typing import Any

import pytest

from kargo.notify import notify_tokens
from model.notify import Notify
from model.source import StackSource
from ops.doctor import credentials
from ops.doctor.finding import Finding
from tests.unit.doctor import look, stack, subject

OWN = {"repoURL": "https://gitea.example.com/o/r.git", "username": "robot", "password": "p"}
OF_STACK = stack().model_copy(
    update={"notify": Notify(url="https://chat.example.com/announce", token=StackSource(source="stack"))}
)
(TOKEN,) = notify_tokens(OF_STACK)


def secret(name: str, data: dict[str, str], cred_type: str = "git") -> dict[str, Any]:
    """Return a Secret with Kargo's label."""
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"metadata": {"name": name, "labels": {"kargo.akuity.io/cred-type": cred_type}}, "data": encoded}


def found(row: str, *secrets: dict[str, Any]) -> Finding:
    """Return the finding of a row if the project has these Secrets."""
    objects = {"/api/v1/namespaces/project/secrets": {"items": list(secrets)}}
    return look(credentials.checks(subject(objects, OF_STACK)), row)


@pytest.mark.parametrize(
    ("others", "verdict", "says"),
    [
        ([], "ok", "Secret own"),
        ([secret("aaa", {"repoURL": "https://GITEA.example.com/o/r"})], "failed", "Kargo uses Secret aaa"),
        ([secret("zzz", {"repoURL": OWN["repoURL"]})], "ok", "Secret own"),
        ([secret("aaa", {"repoURL": OWN["repoURL"]}, "image")], "ok", "Secret own"),
        (
            [secret("aaa", {"repoURL": r"^https://gitea\..*", "repoURLIsRegex": "true"})],
            "failed",
            "Kargo uses Secret aaa",
        ),
        ([secret("aaa", {"repoURL": r"^https://gitea\..*"})], "ok", "Secret own"),
        ([secret("aaa", {"repoURL": "(", "repoURLIsRegex": "true"})], "ok", "Secret own"),
    ],
)
def test_kargo_uses_the_first_secret_that_matches(others, verdict, says):
    finding = found("GitOps repository Secret", secret("own", OWN), *others)
    assert (finding.verdict, finding.found.startswith(says)) == (verdict, True)


@pytest.mark.parametrize("key", ["username", "password"])
def test_a_key_that_is_missing_or_wrong_is_named(key):
    without = {name: value for name, value in OWN.items() if name != key}
    assert found("GitOps repository Secret", secret("own", without)).found == f"Secret own: {key} missing or wrong"


def test_a_secret_without_the_label_is_told():
    assert found("GitOps repository Secret").found == "missing"
    finding = found("GitOps repository Secret", secret("own", OWN, "generic"))
    assert finding.found == "Secret own does not have the label"


def test_the_token_of_an_announcement_must_be_there():
    row = f"{TOKEN.path} Secret"
    assert found(row, secret(TOKEN.secret_name, {TOKEN.secret_key: "t"}, "generic")).verdict == "ok"
    assert found(row).found == "missing"
    empty = found(row, secret(TOKEN.secret_name, {TOKEN.secret_key: ""}, "generic"))
    assert (empty.verdict, empty.found) == (
        "failed",
        f"Secret {TOKEN.secret_name}: {TOKEN.secret_key} missing or empty",
    )
