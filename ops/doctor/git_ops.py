"""Checks of the GitOps repository: whether Kargo's user may push to the branches of the Stages."""

from collections.abc import Iterator
from functools import partial

from clients.connection import ServiceError
from clients.merges import refused_merge
from clients.repository import Repository
from clients.targets import absent_branch
from kargo.targets import targets
from model.login import AppLogin
from ops.doctor.credentials import NO_LOGIN, login_for
from ops.doctor.finding import Check, Finding, failed, ok
from ops.doctor.subject import Subject


class UncheckedError(ServiceError):
    """The doctor does not read the repository, and nothing is wrong; the text contains the reason."""


def checks(subject: Subject) -> Iterator[Check]:
    """Yield the checks of the permission to push, and of each branch."""
    yield "GitOps repository write access", partial(_pushes, subject)
    for branch in _branches(subject):
        yield f"GitOps branch {branch}", partial(_branch, subject, branch)


def _branches(subject: Subject, *, pushed: bool = False) -> list[str]:
    """Return the branches of the Stages, or only those to which Promotions push."""
    found = (target for target in targets(subject.stack) if target["pushed"] or not pushed)
    return list(dict.fromkeys(target["branch"] for target in found))


def _pushes(subject: Subject) -> Finding:
    with repository(subject) as found:
        about = found.about()
    if about is None:
        return failed(
            "the repository is missing, or Kargo's user may not see it",
            "a repository that Kargo's user can see",
            "correct gitOps.repoURL, or give the user access to the repository",
        )
    if about.get("archived"):
        return failed("archived", "a repository that accepts pushes", "unarchive it, or set another gitOps.repoURL")
    # GitHub reports the permissions of a user, and none for a token of an App.
    permissions = about.get("permissions") or {}
    if not permissions.get("push", subject.stack.git_ops.provider == "github"):
        return failed(
            "Kargo's user may not push",
            "permission to push",
            "give the user write access to the repository, and its token the scope write:repository (Gitea) or the "
            "permission contents: write (GitHub)",
        )
    return ok("Kargo's user may push")


def _branch(subject: Subject, branch: str) -> Finding:
    methods = dict.fromkeys(t["merge"] for t in targets(subject.stack) if t["branch"] == branch and "merge" in t)
    with repository(subject) as found:
        live = found.branch(branch)
        about = (found.about() or {}) if live is None or methods else {}
    if live is None:
        problem, _, fix = absent_branch(about, branch).partition("; ")
        return failed(problem, "a branch that Kargo can clone", fix)
    allowed = live.get("user_can_push")
    if allowed is False and branch in _branches(subject, pushed=True):
        return failed(
            "protected",
            "a branch to which Kargo's user may push",
            "allow the user to push in the branch protection, or set promoteBy: pullRequest for its Stages",
        )
    for refused in filter(None, (refused_merge(about, live, method) for method in methods)):
        problem, _, fix = refused.partition("; ")
        return failed(problem, "a branch into which Kargo may merge at once", fix)
    return ok("Kargo's user may push" if allowed else "exists; Kargo's user may not see its protection")


def repository(subject: Subject) -> Repository:
    """Return the GitOps repository, seen by Kargo's user.

    Raises:
        UncheckedError: if Kargo signs in with a GitHub App.
        ServiceError: if the login's Secret is missing.
    """
    git_ops = subject.stack.git_ops
    if isinstance(subject.stack.git_account.login, AppLogin):
        raise UncheckedError("not checked: Kargo signs in with a GitHub App, and the doctor does not use its key")
    login = login_for(subject, "git")
    if login is None:
        raise ServiceError(NO_LOGIN)
    return Repository(git_ops.repo_url, login, subject.stack.ca_bundle, git_ops.provider)
