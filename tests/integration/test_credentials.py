"""Credentials: each source has Secrets of its own, and each credential changes independently."""

from typing import Any

import pytest

from config.project import NAME
from sandbox.real.gitea import OWNER
from sandbox.real.stores import VAULT

pytestmark = pytest.mark.integration

SOURCE = "registry.login.password"


def credential_names(deployment) -> set[str]:
    """Return the names of the Secrets that Kargo would find."""
    selector = "kargo.akuity.io/cred-type in (image,git)"
    items: list[dict[str, Any]] = (
        deployment.objects("v1", "Secret").get(namespace=deployment.project, label_selector=selector).to_dict()["items"]
    )
    return {item["metadata"]["name"] for item in items}


def test_another_source_makes_other_secrets_and_the_old_ones_go(deployment):
    before = credential_names(deployment)
    deployment.stack.project.replace(f"{SOURCE}.key", "GITHUB-PAT")
    try:
        deployment.up()
        after = credential_names(deployment)
    finally:
        deployment.stack.prepare()
        deployment.up()
    assert len(after) == len(before)
    assert after.isdisjoint(before)
    assert len(credential_names(deployment)) == len(before)


@pytest.mark.parametrize("source", ["idpbuilder", "stack"])
def test_moving_the_images_to_ghcr_touches_no_part_of_the_git_credential(deployment, source):
    """First `gitOps` gets a login of its own, with the same account; then the registry changes its kind."""
    project = deployment.stack.project
    project.replace("gitOps.login", {"username": OWNER, "password": {"from": source}})
    try:
        deployment.up()
        deployed = {resource["urn"].rpartition("::")[2] for resource in deployment.state()}
        password = {"from": "azureKeyVault", "secretStore": VAULT, "key": "GITHUB-PAT"}
        login = {"username": "puller", "password": password}
        project.replace("registry", {"kind": "ghcr", "owner": "team", "login": login})
        if source != "stack":
            # Nothing reads the password of Gitea any longer, and the program refuses unused secrets.
            deployment.pulumi("config", "rm", f"{NAME}:giteaPassword")
        steps = deployment.steps()
    finally:
        deployment.stack.prepare()
        deployment.up()
    assert {"credentials-git", "credentials-git-login"} <= deployed
    assert [step for step in steps if step[1].startswith("credentials-git")] == []
    # The credential for the images is updated in place.
    assert {("update", "credentials-image"), ("update", "credentials-image-login")} <= set(steps)
