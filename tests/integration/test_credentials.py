"""Credentials from the store to Kargo's namespace: a new value is waited for, and what keeps it away is told."""

from typing import Any

import pytest

pytestmark = pytest.mark.integration

SOURCE = "registry.login.password"


def credential_names(deployment) -> set[str]:
    """Return the names of the Secrets that Kargo would find."""
    selector = "kargo.akuity.io/cred-type in (image,git)"
    items: list[dict[str, Any]] = (
        deployment.objects("v1", "Secret").get(namespace=deployment.project, label_selector=selector).to_dict()["items"]
    )
    return {item["metadata"]["name"] for item in items}


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("secretStore", "absent", "the store is not there; correct secretStore, or create it"),
        ("key", "absent", "the vault has no such key; correct key, or write it to the vault"),
    ],
)
def test_what_keeps_a_new_credential_away_is_told_after_a_first_good_up(deployment, key, value, line):
    before = credential_names(deployment)
    deployment.stack.configure(f"{SOURCE}.{key}", value)
    try:
        printed = deployment.pulumi("up", "--yes", "--skip-preview", fails=True)
        assert credential_names(deployment) == before
    finally:
        deployment.stack.prepare()
    deployment.up()
    assert line in printed
    assert "timed out" not in printed
    # Where the key is another, the vault's secret was made anew, and so has another version.
    assert len(credential_names(deployment)) == len(before)
    deployment.pulumi("preview", "--expect-no-changes", "--refresh")


def test_another_source_makes_other_secrets_and_the_old_ones_go(deployment):
    before = credential_names(deployment)
    deployment.stack.configure(f"{SOURCE}.key", "GITHUB-PAT")
    try:
        deployment.up()
        after = credential_names(deployment)
    finally:
        deployment.stack.prepare()
        deployment.up()
    assert len(after) == len(before)
    assert after.isdisjoint(before)
    assert len(credential_names(deployment)) == len(before)
