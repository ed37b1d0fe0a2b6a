"""The steps of a Promotion that this project writes (pkg/promotion/runner/builtin)."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.standins.controllers.kargo.credentials import Credentials
from sandbox.standins.controllers.kargo.git import Git, GitError
from sandbox.standins.controllers.kargo.libraries import Libraries
from sandbox.standins.controllers.kargo.names import NotImitatedError, only
from sandbox.standins.controllers.kargo.pull_requests import PullRequests

Config = Mapping[str, Any]

_TLS = "insecureSkipTLSVerify"
_PUSH_TRIES = 10
_pushing = threading.Lock()


class StepFailedError(Exception):
    """A step ends the Promotion as Failed and not as Errored: a conflict, a pull request that was refused."""


@dataclass(frozen=True)
class Result:
    """What became of a step.

    Args:
        output: what later steps may read.
        status: its status; `Running` means that it waits.
    """

    output: Mapping[str, Any] = field(default_factory=dict)
    status: str = "Succeeded"


@dataclass(frozen=True)
class Workspace:
    """Where one Promotion's steps work, and what they may use.

    Args:
        folder: the folder that paths are below.
        project: the project.
        promotion: the Promotion's name.
        credentials: finds logins.
        libraries: Kargo's libraries.
        ca: CA of the Git server.
    """

    folder: Path
    project: str
    promotion: str
    credentials: Credentials
    libraries: Libraries
    ca: Path

    def path(self, name: str) -> Path:
        """Return a path below the folder; none leads out of it."""
        path = (self.folder / name.lstrip("/")).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise ValueError(f"{name} is outside of the working directory")
        return path

    def git(self, folder: Path, repository: str = "", verify: bool = True) -> Git:
        """Return Git in a folder, signed in for a repository."""
        login = self.credentials.find(self.project, "git", repository) if repository else None
        return Git(folder, self.ca, login, verify)

    def pull_requests(self, config: Config) -> PullRequests:
        """Return the pull requests of the repository that a step names."""
        if config["provider"] != "gitea":
            raise NotImitatedError(f"the provider {config['provider']}")
        login = self.credentials.find(self.project, "git", config["repoURL"])
        return PullRequests(config["repoURL"], login, self.ca, not config.get(_TLS))


def _clone(config: Config, work: Workspace) -> Result:
    only(("repoURL", "checkout", _TLS), config, "git-clone")
    git = work.git(work.folder, config["repoURL"], not config.get(_TLS))
    commits = {}
    for checkout in config["checkout"]:
        only(("branch", "path"), checkout, "a checkout")
        path = work.path(checkout["path"])
        try:
            git("clone", "--branch", checkout["branch"], config["repoURL"], str(path))
        except GitError as error:
            raise GitError(f"error cloning {config['repoURL']}: {error}") from None
        if config.get(_TLS):
            work.git(path)("config", "http.sslVerify", "false")
        commits[checkout["path"]] = work.git(path)("rev-parse", "HEAD")
    return Result({"commits": commits})


def _update_json(config: Config, work: Workspace) -> Result:
    only(("path", "updates"), config, "json-update")
    path = work.path(config["path"])
    try:
        content = path.read_text()
        for update in config["updates"]:
            only(("key", "value"), update, "an update")
            content = work.libraries.with_value(content, update["key"], update["value"])
    except (OSError, ValueError) as error:
        raise ValueError(f"JSON file update failed: {error}") from None
    path.write_text(content)
    return Result()


def _commit(config: Config, work: Workspace) -> Result:
    only(("path", "message"), config, "git-commit")
    git = work.git(work.path(config["path"]))
    git("add", ".")
    changed = bool(git("status", "--short"))
    if changed:
        git("commit", "--message", config["message"])
    return Result({"commit": git("rev-parse", "HEAD")}, "Succeeded" if changed else "Skipped")


def _push(config: Config, work: Workspace) -> Result:
    only(("path", "generateTargetBranch"), config, "git-push")
    path = work.path(config["path"])
    repository = work.git(path)("config", "remote.origin.url")
    git = work.git(path, repository)
    own = config.get("generateTargetBranch")
    branch = f"kargo/promotion/{work.promotion}" if own else git("branch", "--show-current")
    with _pushing:
        for left in range(_PUSH_TRIES - 1, -1, -1):
            if not own:
                _rebase(git, path, branch)
            try:
                git("push", "origin", f"HEAD:refs/heads/{branch}", *(["--force"] if own else []))
                break
            except GitError as error:
                if not left or not any(text in str(error) for text in ("non-fast-forward", "fetch first")):
                    raise GitError(f"error pushing commits to remote: {error}") from None
                time.sleep(1)
    return Result({"commit": git("rev-parse", "HEAD"), "branch": branch})


def _rebase(git: Git, path: Path, branch: str) -> None:
    try:
        git("pull", "--rebase", "origin", branch)
    except GitError:
        if (path / ".git" / "rebase-merge").exists():
            raise StepFailedError("merge conflict") from None
        raise


def _open_pull_request(config: Config, work: Workspace) -> Result:
    only(("repoURL", "provider", "sourceBranch", "targetBranch", _TLS), config, "git-open-pr")
    pull = work.pull_requests(config).open(config["sourceBranch"], config["targetBranch"])
    return Result({"pr": {"id": pull["id"], "url": pull["url"]}})


def _wait_for_pull_request(config: Config, work: Workspace) -> Result:
    only(("repoURL", "provider", "prNumber", _TLS), config, "git-wait-for-pr")
    pull = work.pull_requests(config).get(config["prNumber"])
    if pull["open"]:
        return Result({"pr": pull}, "Running")
    if not pull["merged"]:
        raise StepFailedError(f"pull request {config['prNumber']} was closed without being merged")
    return Result({"pr": pull})


RUNNERS: Mapping[str, Callable[[Config, Workspace], Result]] = {
    "git-clone": _clone,
    "json-update": _update_json,
    "git-commit": _commit,
    "git-push": _push,
    "git-open-pr": _open_pull_request,
    "git-wait-for-pr": _wait_for_pull_request,
}
