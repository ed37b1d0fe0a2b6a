"""Checks of the GitOps repository: whether Kargo's user may push to the branches of the Stages."""

from collections.abc import Iterator
from functools import partial

from clients.connection import ServiceError
from clients.repository import Repository
from model.images_file import place_of
from ops.doctor.credentials import NO_LOGIN, login_for
from ops.doctor.finding import Check, Finding, failed, ok
from ops.doctor.subject import Subject


def checks(subject: Subject) -> Iterator[Check]:
    """Yield the checks of the permission to push, and of each branch."""
    yield "GitOps repository write access", partial(_pushes, subject)
    for branch in _branches(subject):
        yield f"GitOps branch {branch}", partial(_branch, subject, branch)


def _branches(subject: Subject) -> list[str]:
    stack = subject.stack
    pushed = (
        place_of(stage, pipeline, stack.git_ops).branch for pipeline in stack.pipelines for stage in pipeline.stages
    )
    return list(dict.fromkeys(pushed))


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
    if not (about.get("permissions") or {}).get("push"):
        return failed(
            "Kargo's user may not push",
            "permission to push",
            "give the user write access to the repository, and its token the scope write:repository (Gitea) or the "
            "permission contents: write (GitHub)",
        )
    return ok("Kargo's user may push")


def _branch(subject: Subject, branch: str) -> Finding:
    with repository(subject) as found:
        about = found.branch(branch)
    if about is None:
        return failed(
            "missing", "a branch that Kargo can clone", "create it, or correct the branch in the stack's file"
        )
    allowed = about.get("user_can_push")
    if allowed is False:
        return failed(
            "protected",
            "a branch to which Kargo's user may push",
            "allow the user to push in the branch protection, or set promoteBy: pullRequest for its Stages",
        )
    return ok("Kargo's user may push" if allowed else "exists; Kargo's user may not see its protection")


def repository(subject: Subject) -> Repository:
    """Return the GitOps repository, seen by Kargo's user."""
    login = login_for(subject, "git")
    if login is None:
        raise ServiceError(NO_LOGIN)
    return Repository(subject.stack.git_ops.repo_url, login, subject.stack.ca_bundle)
