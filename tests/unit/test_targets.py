"""The places that Promotions write: what `up` reports before the first Promotion fails, on GitHub and Gitea."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from clients.connection import ServiceError
from clients.repository import Repository, RepositoryError
from clients.sign_in import User
from clients.targets import Target, check_targets
from kargo.targets import targets
from model.pipeline import Pipeline
from model.stage import PullRequest, Stage
from tests import memory_github
from tests.memory_gitea import answer_with
from tests.unit.values import GITEA, GITHUB_REPOSITORY, REPOSITORY, stack

FINE = '{"dev": {"app": "a"}}'
DEV = Target("main", "images.json", "dev.app", pushed=True)
PROD = Target("env/prod", "images.json", "prod.app", pushed=False)


def on_github(*wanted: Target, login: str = "robot") -> None:
    with Repository("https://github.com/acme/gitops", User(login, "planted-user-token"), None, "github") as repository:
        check_targets(repository, wanted)


def refused(*wanted: Target) -> list[str]:
    with pytest.raises(RepositoryError) as caught:
        on_github(*wanted)
    return str(caught.value).splitlines()


@pytest.fixture
def gitops(github):
    return github.add(memory_github.Repository(files={"main": {"images.json": FINE}}))


def test_a_branch_and_its_file_are_fine(gitops):
    on_github(DEV)


def test_a_file_that_the_first_promotion_creates_is_fine(gitops):
    gitops.files = {}
    on_github(DEV)


def test_a_branch_is_asked_once_whatever_the_number_of_stages(github, gitops):
    on_github(*[Target("main", "images.json", f"dev.app{i}", pushed=True) for i in range(20)])
    assert [path.removeprefix("/repos/acme/gitops") for _, path, _ in github.requests] == [
        "",
        "/branches/main",
        "/contents/images.json",
    ]


def test_another_default_branch_is_named(gitops):
    gitops.default_branch, gitops.branches = "master", {"master": False}
    assert refused(DEV) == [
        "branch 'main' of acme/gitops does not exist (the default branch is 'master'); create it, or correct the "
        "branch in gitOps or in the Stage"
    ]


def test_a_repository_without_a_commit_is_named_as_that(gitops):
    gitops.branches = {}
    assert refused(DEV) == [
        "branch 'main' of acme/gitops does not exist: the repository has no commit yet; commit a file to this branch"
    ]


def test_the_branch_of_a_pull_request_is_looked_at(gitops):
    (line,) = refused(DEV, PROD)
    assert line.startswith("branch 'env/prod' of acme/gitops does not exist (the default branch is 'main');")


def test_every_problem_has_a_line(gitops):
    gitops.files = {"main": {"images.json": "a: 1", "other.json": '{"dev": {"app": []}}'}}
    other = Target("main", "other.json", "dev.app", pushed=True)
    assert refused(DEV, Target("main", "images.json", "dev.second", pushed=True), other, PROD) == [
        "images.json on branch 'main' of acme/gitops: it is not JSON (line 1); write JSON without comments",
        "other.json on branch 'main' of acme/gitops: the key dev.app contains a list; write text there, or remove the "
        "key",
        "branch 'env/prod' of acme/gitops does not exist (the default branch is 'main'); create it, or correct the "
        "branch in gitOps or in the Stage",
    ]


def test_a_repository_that_is_absent_or_hidden_or_archived_is_refused(github, gitops):
    gitops.archived = True
    assert refused(DEV) == ["acme/gitops is archived; unarchive it, or set another gitOps.repoURL"]
    github.repositories.clear()
    assert refused(DEV) == [
        "acme/gitops does not exist, or the login may not see it; create it, correct gitOps.repoURL, or give the user "
        "access"
    ]


def test_a_token_of_an_app_is_not_refused_for_permissions_that_github_does_not_report(github, gitops):
    with Repository("https://github.com/acme/gitops", User("x", "planted-app-token"), None, "github") as repository:
        check_targets(repository, [DEV])


def test_a_limit_of_github_is_no_problem_of_the_repository(github, gitops):
    github.refusals = [memory_github.secondary_limit(retry_after=60)]
    with pytest.raises(ServiceError) as caught:
        on_github(DEV)
    assert not isinstance(caught.value, RepositoryError)


def on_gitea(
    monkeypatch, *wanted: Target, about: dict[str, Any] | None = None, branch: dict[str, Any] | None = None
) -> list[str]:
    """Check targets in a Gitea 1.26 with these fields of its objects, and return the warnings."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "/contents/" in request.url.path:
            return httpx.Response(404, json={"message": "object does not exist"})
        if "/branches/" in request.url.path:
            return httpx.Response(200, json={"name": "main", "user_can_push": True, **(branch or {})})
        known = {"default_branch": "main", "empty": False, "permissions": {"pull": True, "push": True}}
        return httpx.Response(200, json={**known, **(about or {})})

    answer_with(monkeypatch, answer)
    with Repository("https://gitea.example.com/team/gitops.git", User("kargo", "planted"), None) as repository:
        return check_targets(repository, wanted)


def test_gitea_answers_a_reader_like_a_writer_so_the_permission_is_looked_at(monkeypatch):
    on_gitea(monkeypatch, DEV)
    with pytest.raises(RepositoryError, match=r"may not push to team/gitops; give the user write access"):
        on_gitea(monkeypatch, DEV, about={"permissions": {"pull": True, "push": False}})


def test_a_protected_branch_is_refused_only_where_a_promotion_pushes_to_it(monkeypatch):
    protected = {"user_can_push": False}
    on_gitea(monkeypatch, PROD, branch=protected)
    with pytest.raises(RepositoryError, match=r"branch 'main' of team/gitops is protected"):
        on_gitea(monkeypatch, DEV, branch=protected)


BY_KARGO = replace(PROD, merge="merge")
NOT_WAITED = "for which Kargo does not wait on Gitea; remove pullRequest.merge, or change the branch protection"
# Fields of Gitea's objects, and the warning about the branch.
REFUSED_MERGES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"required_approvals": 1}, f"requires approvals, {NOT_WAITED}"),
    ({}, {"enable_status_check": True, "status_check_contexts": []}, f"requires status checks, {NOT_WAITED}"),
    (
        {},
        {"required_approvals": 2, "enable_status_check": True},
        f"requires approvals and status checks, {NOT_WAITED}",
    ),
    (
        {},
        {"user_can_merge": False, "required_approvals": 1},
        "is protected, and Kargo's user may not merge into it; allow the user to merge in the branch protection, or "
        "remove pullRequest.merge",
    ),
    (
        {"allow_merge_commits": False},
        {},
        "accepts no merges with the method merge, which the repository does not allow; allow it in the repository's "
        "settings, or set another pullRequest.mergeMethod",
    ),
]


@pytest.mark.parametrize(("about", "branch", "warning"), REFUSED_MERGES)
def test_a_merge_that_gitea_would_refuse_is_a_warning_only_where_kargo_merges(monkeypatch, about, branch, warning):
    branch = {"protected": True, **branch}
    found = on_gitea(monkeypatch, DEV, PROD, BY_KARGO, BY_KARGO, about=about, branch=branch)
    assert found == [f"branch 'env/prod' of team/gitops {warning}"]
    assert on_gitea(monkeypatch, DEV, PROD, about=about, branch=branch) == []


def test_a_protected_branch_without_a_requirement_accepts_kargos_merge(monkeypatch):
    protected = {
        **{"protected": True, "user_can_push": False, "user_can_merge": True},
        **{"required_approvals": 0, "enable_status_check": False},
    }
    assert on_gitea(monkeypatch, BY_KARGO, branch=protected) == []


@pytest.mark.parametrize(
    ("method", "field"),
    [
        ("merge", "allow_merge_commits"),
        ("squash", "allow_squash_merge"),
        ("rebase", "allow_rebase"),
        ("rebase-merge", "allow_rebase_explicit"),
        ("fast-forward-only", "allow_fast_forward_only_merge"),
    ],
)
def test_each_merge_method_has_its_setting_in_the_repository(monkeypatch, method, field):
    (warning,) = on_gitea(monkeypatch, replace(PROD, merge=method), about={field: False})
    assert f"with the method {method}, which the repository does not allow" in warning
    others = {f"allow_{one}": False for one in ("manual_merge", "rebase_update")}
    assert on_gitea(monkeypatch, replace(PROD, merge=method), about={field: True, **others}) == []


@pytest.mark.parametrize(
    ("git_ops", "method", "merge"),
    [
        (REPOSITORY, None, {"merge": "merge"}),
        (REPOSITORY, "rebase", {"merge": "rebase"}),
        # On GitHub Kargo waits until it may merge.
        (GITHUB_REPOSITORY, None, {}),
        (GITHUB_REPOSITORY, "squash", {}),
    ],
)
def test_a_place_has_a_merge_method_only_where_kargo_merges_on_gitea(git_ops, method, merge):
    wanted = PullRequest(merge=True, merge_method=method)
    stages = (
        Stage(name="dev"),
        Stage(name="qa", promote_by="pullRequest"),
        Stage(name="prod", promote_by="pullRequest", pull_request=wanted),
    )
    found = targets(stack(GITEA, git_ops, Pipeline(name="backstage", image="backstage", stages=stages)))
    assert [{key: place[key] for key in place if key == "merge"} for place in found] == [{}, {}, merge]


def test_each_stage_has_its_own_place():
    stages = (
        Stage(name="dev"),
        Stage(name="prod", branch="env/prod", promote_by="pullRequest", images_file="{stage}/{app}.json"),
    )
    found = targets(stack(GITEA, REPOSITORY, Pipeline(name="backstage", image="backstage", stages=stages)))
    assert [Target(**place) for place in found] == [
        Target("main", "env/images.json", "dev.backstage", pushed=True),
        Target("env/prod", "prod/backstage.json", "prod.backstage", pushed=False),
    ]
