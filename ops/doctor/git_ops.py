"""The GitOps repository: whether Kargo's login may write where the Stages write."""

from collections.abc import Iterator
from functools import partial

from clients.connection import ServiceError
from clients.repository import Repository
from model.commit import place_of
from ops.doctor.finding import Finding, Link, broken, ok
from ops.doctor.secrets import login_for
from ops.doctor.subject import Subject


def links(subject: Subject) -> Iterator[Link]:
    """Yield who may push, and to which branch."""
    yield "pushes to the GitOps repository", partial(_pushes, subject)
    for branch in _branches(subject):
        yield f"branch {branch}", partial(_branch, subject, branch)


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
        return broken(
            "no repository that this login may see",
            "a repository",
            "correct gitOps.repoUrl, or give the login access to it",
        )
    if about.get("archived"):
        return broken("archived", "a repository that takes pushes", "unarchive it, or set another gitOps.repoUrl")
    if not (about.get("permissions") or {}).get("push"):
        return broken(
            "this login may not push",
            "the right to write",
            "give the user the right to write the repository, and its token write:repository (Gitea) or contents: "
            "write (GitHub)",
        )
    return ok("this login may push")


def _branch(subject: Subject, branch: str) -> Finding:
    with repository(subject) as found:
        about = found.branch(branch)
    if about is None:
        return broken(
            "missing", "a branch that Kargo can clone", "create it, or correct the branch in the stack's file"
        )
    allowed = about.get("user_can_push")
    if allowed is False:
        return broken(
            "protected",
            "a branch that this login may push to",
            "let the login push in the branch's protection, or write promoteBy: pullRequest for its Stages",
        )
    return ok("takes this login's pushes" if allowed else "its protection is not for this login to see")


def repository(subject: Subject) -> Repository:
    """Return the GitOps repository as Kargo's login sees it.

    Raises:
        ServiceError: if its Secret cannot be read, or is not there.
    """
    login = login_for(subject, "git")
    if login is None:
        raise ServiceError("there is no Secret to sign in with")
    return Repository(subject.stack.git_ops.repo_url, login, subject.stack.ca_bundle)
