"""The promotion steps that this project writes (pkg/promotion/runner/builtin)."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sandbox.names import KARGO
from sandbox.real.objects import Objects
from sandbox.standins.controllers.kargo.credentials import Credentials
from sandbox.standins.controllers.kargo.git import Git, GitError
from sandbox.standins.controllers.kargo.http_step import KEYS, request
from sandbox.standins.controllers.kargo.imitated import NotImitatedError, StepFailedError, only
from sandbox.standins.controllers.kargo.libraries import Libraries
from sandbox.standins.controllers.kargo.pull_requests import PullRequests

Config = Mapping[str, Any]
Result = tuple[str, dict[str, Any]]

_PUSH_TRIES = 10
_pushing = threading.Lock()


@dataclass(frozen=True)
class Workspace:
    """The working directory of one Promotion, and the services for its steps.

    Args:
        folder: the working directory.
        project: the project.
        stage: the Stage.
        promotion: the Promotion's name.
        credentials: the logins.
        libraries: Kargo's libraries.
        ca: CA of the Git server.
        objects: the cluster.
    """

    folder: Path
    project: str
    stage: str
    promotion: str
    credentials: Credentials
    libraries: Libraries
    ca: Path
    objects: Objects

    def path(self, name: str) -> Path:
        """Return a path in the working directory. Refuse a path outside of it."""
        path = (self.folder / name.lstrip("/")).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise ValueError(f"{name} is outside of the working directory")
        return path

    def git(self, folder: Path, repository: str = "") -> Git:
        """Return Git in a folder, with the login for a repository."""
        return Git(folder, self.ca, self.credentials.find(self.project, "git", repository) if repository else None)

    def pull_requests(self, config: Config) -> PullRequests:
        """Return the pull requests of a step's repository."""
        if config["provider"] != "gitea":
            raise NotImitatedError(f"the provider {config['provider']}")
        login = self.credentials.find(self.project, "git", config["repoURL"])
        return PullRequests(config["repoURL"], login, self.ca)


def run(uses: str, config: Config, work: Workspace) -> Result:
    """Run a step, and return its status and output. With the status `Running` it waits.

    Raises:
        StepFailedError: if the Promotion must end as Failed.
        ValueError: if it must end as Errored; also KeyError, OSError and httpx.HTTPError.
    """
    if uses not in _RUNNERS:
        raise NotImitatedError(f"the step {uses}")
    runner, keys = _RUNNERS[uses]
    only(keys, config, uses)
    return runner(config, work)


def _clone(config: Config, work: Workspace) -> Result:
    git, commits = work.git(work.folder, config["repoURL"]), {}
    for checkout in config["checkout"]:
        only(("branch", "path"), checkout, "a checkout")
        path = work.path(checkout["path"])
        try:
            git("clone", "--branch", checkout["branch"], config["repoURL"], str(path))
        except GitError as error:
            raise GitError(f"error cloning {config['repoURL']}: {error}") from None
        commits[checkout["path"]] = work.git(path)("rev-parse", "HEAD")
    return "Succeeded", {"commits": commits}


def _update_json(config: Config, work: Workspace) -> Result:
    path = work.path(config["path"])
    try:
        content = path.read_text()
        for update in config["updates"]:
            content = work.libraries.with_value(content, update["key"], update["value"])
    except (OSError, ValueError) as error:
        raise ValueError(f"JSON file update failed: {error}") from None
    path.write_text(content)
    return "Succeeded", {}


def _parse_json(config: Config, work: Workspace) -> Result:
    try:
        content = work.path(config["path"]).read_bytes().decode(errors="replace")
    except OSError as error:
        raise ValueError(f"error reading JSON file: {error}") from None
    parsed = work.libraries.parsed
    return "Succeeded", {o["name"]: parsed(content, o["fromExpression"]) for o in config["outputs"]}


def _commit(config: Config, work: Workspace) -> Result:
    git = work.git(work.path(config["path"]))
    git("add", ".")
    changed = bool(git("status", "--short"))
    if changed:
        git("commit", "--message", config["message"])
    return "Succeeded" if changed else "Skipped", {"commit": git("rev-parse", "HEAD")}


def _push(config: Config, work: Workspace) -> Result:
    path = work.path(config["path"])
    git = work.git(path, work.git(path)("config", "remote.origin.url"))
    own = config.get("generateTargetBranch")
    branch = f"kargo/promotion/{work.promotion}" if own else git("branch", "--show-current")
    with _pushing:
        for left in range(_PUSH_TRIES - 1, -1, -1):
            try:
                if not own:
                    git("pull", "--rebase", "origin", branch)
                git("push", "origin", f"HEAD:refs/heads/{branch}", *(["--force"] if own else []))
                break
            except GitError as error:
                if (path / ".git" / "rebase-merge").exists():
                    raise StepFailedError("merge conflict") from None
                if not left or not any(text in str(error) for text in ("non-fast-forward", "fetch first")):
                    raise GitError(f"error pushing commits to remote: {error}") from None
                time.sleep(1)
    return "Succeeded", {"commit": git("rev-parse", "HEAD"), "branch": branch}


def _open_pull_request(config: Config, work: Workspace) -> Result:
    pull = work.pull_requests(config).open(
        config["sourceBranch"],
        config["targetBranch"],
        config["title"],
        config.get("description") or "",
        config.get("labels") or [],
    )
    return "Succeeded", {"pr": {"id": pull["id"], "url": pull["url"]}}


def _wait_for_pull_request(config: Config, work: Workspace) -> Result:
    pull = work.pull_requests(config).get(config["prNumber"])
    if not pull["open"] and not pull["merged"]:
        raise StepFailedError(f"pull request {config['prNumber']} was closed without being merged")
    return "Running" if pull["open"] else "Succeeded", {"pr": pull}


def _merge_pull_request(config: Config, work: Workspace) -> Result:
    number = config["prNumber"]
    try:
        commit = work.pull_requests(config).merge(number, config.get("mergeMethod") or "merge")
    except (ValueError, httpx.HTTPError) as error:
        raise StepFailedError(f"error merging pull request {number}: {error}") from None
    return ("Succeeded", {"commit": commit}) if commit else ("Running", {})


def _set_metadata(config: Config, work: Workspace) -> Result:
    for update in config["updates"]:
        only(("kind", "name", "values"), update, "an update of metadata")
        if update["kind"] != "Freight":
            raise NotImitatedError(f"metadata of a {update['kind']}")
        live = work.objects.get(KARGO, "Freight", work.project, update["name"])
        if live is None:
            raise ValueError(f'error getting Freight: freights.kargo.akuity.io "{update["name"]}" not found')
        work.objects.report(live, {"metadata": update["values"]})
    return "Succeeded", {}


def _write_file(config: Config, work: Workspace) -> Result:
    path = work.path(config["path"])
    if path.exists():
        raise StepFailedError(f"file {config['path']} already exists")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(config["contents"])
    return "Succeeded", {}


def _request(config: Config, work: Workspace) -> Result:
    return request(config, work.libraries), {}


_REPOSITORY = ("repoURL", "provider")
_RUNNERS = {
    "git-clone": (_clone, ("repoURL", "checkout")),
    "json-update": (_update_json, ("path", "updates")),
    "json-parse": (_parse_json, ("path", "outputs")),
    "file-write": (_write_file, ("path", "contents")),
    "git-commit": (_commit, ("path", "message")),
    "git-push": (_push, ("path", "generateTargetBranch")),
    "git-open-pr": (
        _open_pull_request,
        (*_REPOSITORY, "sourceBranch", "targetBranch", "title", "description", "labels"),
    ),
    "git-wait-for-pr": (_wait_for_pull_request, (*_REPOSITORY, "prNumber")),
    "git-merge-pr": (_merge_pull_request, (*_REPOSITORY, "prNumber", "wait", "mergeMethod")),
    "set-metadata": (_set_metadata, ("updates",)),
    "http": (_request, KEYS),
}
