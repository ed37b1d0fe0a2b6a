"""The branches and images files that Promotions write, seen by the user with which Kargo clones and pushes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clients.images_file import images_file_problem
from clients.merges import refused_merge
from clients.repository import Repository, RepositoryError


@dataclass(frozen=True)
class Target:
    """A place that a Stage's Promotions write.

    Args:
        branch: branch that is cloned.
        file: path of the images file.
        key: key in the images file, `environment.app`.
        pushed: whether the Promotions push to the branch; otherwise they open a pull request.
        merge: method with which Kargo merges the pull request on Gitea; empty if a person merges it.
    """

    branch: str
    file: str
    key: str
    pushed: bool
    merge: str = ""


def check_targets(repository: Repository, targets: Sequence[Target]) -> list[str]:
    """Check the repository, the branches and the images files before the first Promotion.

    Return a warning for each branch into which Gitea will not let Kargo merge.

    Raises:
        RepositoryError: a Promotion would fail; one line for each problem.
        ServiceError: the API does not answer, or refuses.
    """
    about = repository.about()
    if about is None:
        raise RepositoryError(
            f"{repository.name} does not exist, or the login may not see it; create it, correct gitOps.repoURL, or "
            "give the user access"
        )
    if about.get("archived"):
        raise RepositoryError(f"{repository.name} is archived; unarchive it, or set another gitOps.repoURL")
    # GitHub has refused such a user in the sign-in at its Git server. For a token of an App it reports no permission.
    if not repository.on_github and (about.get("permissions") or {}).get("push") is False:
        raise RepositoryError(f"the login may not push to {repository.name}; give the user write access")
    branches = {name: repository.branch(name) for name in dict.fromkeys(target.branch for target in targets)}
    problems = [line for name, found in branches.items() for line in _problems(repository, about, name, found, targets)]
    if problems:
        raise RepositoryError("\n".join(dict.fromkeys(problems)))
    merged = dict.fromkeys((target.branch, target.merge) for target in targets if target.merge)
    refused = [(name, refused_merge(about, branches[name] or {}, method)) for name, method in merged]
    return [f"branch '{name}' of {repository.name} {text}" for name, text in dict.fromkeys(refused) if text]


def absent_branch(about: dict[str, Any], branch: str) -> str:
    """Return why a branch is missing, with the fix.

    Args:
        about: the API's object of the repository.
        branch: name of the missing branch.
    """
    default = about.get("default_branch")
    # GitHub does not report that a repository is empty.
    if about.get("empty") or default == branch:
        return "does not exist: the repository has no commit yet; commit a file to this branch"
    named = f" (the default branch is '{default}')" if default else ""
    return f"does not exist{named}; create it, or correct the branch in gitOps or in the Stage"


def _problems(
    repository: Repository, about: dict[str, Any], branch: str, found: dict[str, Any] | None, targets: Sequence[Target]
) -> Iterator[str]:
    where = f"branch '{branch}' of {repository.name}"
    on_it = [target for target in targets if target.branch == branch]
    if found is None:
        yield f"{where} {absent_branch(about, branch)}"
        return
    if found.get("user_can_push") is False and any(target.pushed for target in on_it):
        yield (
            f"{where} is protected, and the login may not push to it; allow the user to push in the branch protection, "
            "or set promoteBy: pullRequest for its Stages"
        )
    texts = {file: repository.file(file, branch) for file in dict.fromkeys(target.file for target in on_it)}
    for target in on_it:
        text = texts[target.file]
        problem = images_file_problem(text, target.key) if text is not None else None
        if problem:
            yield f"{target.file} on {where}: {problem}"
