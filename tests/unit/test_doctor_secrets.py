"""The doctor's row of the Secret that Kargo uses for a repository."""

from typing import Any

import pytest

from ops.doctor import credentials
from ops.doctor.finding import Finding
from tests.unit.doctor import SECRETS, look, secret, subject

OWN = {"repoURL": "https://gitea.example.com/o/r.git", "username": "robot", "password": "p"}


def found(*secrets: dict[str, Any]) -> Finding:
    """Return the finding if the project has these Secrets."""
    return look(credentials.checks(subject({SECRETS: {"items": list(secrets)}})), "GitOps repository Secret")


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
    finding = found(secret("own", OWN), *others)
    assert (finding.verdict, finding.found.startswith(says)) == (verdict, True)


@pytest.mark.parametrize("key", ["username", "password"])
def test_a_key_that_is_missing_or_wrong_is_named(key):
    without = {name: value for name, value in OWN.items() if name != key}
    assert found(secret("own", without)).found == f"Secret own: {key} missing or wrong"


def test_a_secret_without_the_label_is_told():
    assert found().found == "missing"
    finding = found(secret("own", OWN, "generic"))
    assert finding.found == "Secret own does not have the label"
