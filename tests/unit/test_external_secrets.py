"""Messages of External Secrets in one line, with the fix."""

import pytest

from clients.external_secrets import explained


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        (
            'could not get ClusterSecretStore "x", ClusterSecretStore.external-secrets.io "x" not found',
            "the store does not exist",
        ),
        ("error processing spec.data[0] (key: x), err: Secret does not exist", "the vault does not contain this key"),
        ("azkeys: GET https://v.vault.azure.net/secrets/x RESPONSE 403: Forbidden", "the vault refuses the identity"),
        ("missing clientID: no annotation", "the vault refuses the identity"),
        ("dial tcp: lookup v.vault.azure.net: no such host", "the cluster cannot reach the vault"),
        ("something that nobody has seen", "something that nobody has seen"),
    ],
)
def test_a_known_reason_begins_with_the_cause_and_the_fix(reason, advice):
    assert explained(reason).startswith(advice)
    assert reason in explained(reason)


def test_a_reason_is_one_line_of_bounded_length():
    line = explained("first\n\tsecond " + "x" * 5000)
    assert line.startswith("first second x")
    assert len(line) < 500
