"""What External Secrets says, told in one line with what to do."""

import pytest

from clients.external_secrets import explained


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ('could not get ClusterSecretStore "x", ClusterSecretStore.external-secrets.io "x" not found', "the store is"),
        ("error processing spec.data[0] (key: x), err: Secret does not exist", "the vault has no such key"),
        ("azkeys: GET https://v.vault.azure.net/secrets/x RESPONSE 403: Forbidden", "the vault refuses"),
        ("missing clientID: no annotation", "the vault refuses"),
        ("dial tcp: lookup v.vault.azure.net: no such host", "the vault cannot be reached"),
        ("something that nobody has seen", "something that nobody has seen"),
    ],
)
def test_a_reason_begins_with_what_to_do(reason, advice):
    assert explained(reason).startswith(advice)
    assert reason in explained(reason)


def test_a_reason_is_one_line_of_bounded_length():
    line = explained("first\n\tsecond " + "x" * 5000)
    assert line.startswith("first second x")
    assert len(line) < 500
