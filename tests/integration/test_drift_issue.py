"""One issue in the sandbox's Gitea about drift, as long as there is drift."""

from typing import Any

import pytest

from sandbox.real.gitea import OWNER, REPOSITORY

pytestmark = pytest.mark.integration

TITLE = "Stack dev differs from its resources"


def issues(deployment) -> list[dict[str, Any]]:
    """Return the open issues about the stack."""
    path = f"/repos/{OWNER}/{REPOSITORY}/issues"
    found: list[dict[str, Any]] = deployment.gitea.get(path, params={"type": "issues"}).raise_for_status().json()
    return [issue for issue in found if issue["title"] == TITLE]


def test_drift_is_one_issue_that_is_closed_when_it_is_gone(deployment, in_a_workflow):
    assert in_a_workflow("ops.drift_issue") == (0, "dev: no change\n")
    assert issues(deployment) == []
    warehouses = deployment.objects("kargo.akuity.io/v1alpha1", "Warehouse")
    changed = {"spec": {"interval": "7m0s"}}
    content_type = "application/merge-patch+json"
    warehouses.patch(name="backstage", namespace="backstage", body=changed, content_type=content_type)
    try:
        for _ in range(2):
            code, printed = in_a_workflow("ops.drift_issue")
            assert code == 1
            assert printed.startswith("dev: 1 to update, nothing deleted")
        (issue,) = issues(deployment)
        assert "spec.interval" in issue["body"]
    finally:
        deployment.up("--refresh")
    code, printed = in_a_workflow("ops.drift_issue")
    assert code == 0
    assert "closed " in printed
    assert issues(deployment) == []
