"""The doctor's rows about the branches of a GitOps repository on Gitea."""

from typing import Any

import httpx
import pytest

from kargo.credentials import credentials
from model.pipeline import Pipeline
from model.stage import PullRequest, Stage
from ops.doctor import git_ops
from ops.doctor.finding import Finding
from tests.memory_gitea import answer_with
from tests.unit import values
from tests.unit.doctor import SECRETS, look, secret, subject

PUSHES = Stage(name="dev")
OPENS = Stage(name="qa", promote_by="pullRequest")
MERGES = Stage(name="prod", promote_by="pullRequest", pull_request=PullRequest(merge=True, merge_method="rebase"))
EXPECTED = "a branch into which Kargo may merge at once"


def row(monkeypatch, *stages: Stage, **branch: Any) -> Finding:
    """Return the row of a protected branch with these fields in Gitea 1.26."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "/branches/" in request.url.path:
            return httpx.Response(200, json={"name": "main", "protected": True, "user_can_push": True, **branch})
        return httpx.Response(200, json={"permissions": {"push": True}, "allow_rebase": branch.get("allow_rebase")})

    answer_with(monkeypatch, answer)
    of = values.stack(values.GITEA, values.REPOSITORY, Pipeline(name="backstage", image="backstage", stages=stages))
    credential = next(found for found in credentials(of) if found.name == "git")
    content = {**credential.data(), credential.secret_key: "planted-password"}
    objects = {SECRETS: {"items": [secret("credentials-git-1", content)]}}
    return look(git_ops.checks(subject(objects, of)), "GitOps branch main")


@pytest.mark.parametrize(
    ("branch", "found", "advice"),
    [
        (
            {"required_approvals": 1},
            "requires approvals, for which Kargo does not wait on Gitea",
            "remove pullRequest.merge, or change the branch protection",
        ),
        (
            {"user_can_merge": False},
            "is protected, and Kargo's user may not merge into it",
            "allow the user to merge in the branch protection, or remove pullRequest.merge",
        ),
        (
            {"allow_rebase": False},
            "accepts no merges with the method rebase, which the repository does not allow",
            "allow it in the repository's settings, or set another pullRequest.mergeMethod",
        ),
    ],
)
def test_a_branch_into_which_kargo_may_not_merge_is_a_failure(monkeypatch, branch, found, advice):
    assert row(monkeypatch, PUSHES, MERGES, **branch) == Finding("failed", found, EXPECTED, advice)
    assert row(monkeypatch, PUSHES, OPENS, **branch) == Finding("ok", "Kargo's user may push")


def test_a_branch_to_which_kargo_may_not_push_is_a_failure_before_its_merges(monkeypatch):
    protected = {"user_can_push": False, "required_approvals": 1}
    assert row(monkeypatch, PUSHES, MERGES, **protected).found == "protected"
    assert row(monkeypatch, MERGES, **protected).found.startswith("requires approvals")
    assert row(monkeypatch, OPENS, **protected).verdict == "ok"
