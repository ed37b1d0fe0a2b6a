"""A GitHub in memory. `fixtures/github.yaml` decides which requests it knows, and which answers it may give.

A request that GitHub does not know (path, trailing slash, query parameter, field of the body) raises an
`AssertionError` in the test. `POST /graphql` with `{ viewer { login } }` is the only addition to the facts.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import httpx

from tests.github_facts import Operation, operation
from tests.memory_github_hooks import MemoryHooks
from tests.memory_github_hooks import refusal as _refusal

VIEWER = "{ viewer { login } }"
_LEVELS = ("pull", "triage", "push", "maintain", "admin")


@dataclass
class Token:
    """An access token.

    Args:
        login: login of its user; a workflow's and a GitHub App's end in `[bot]`.
        kind: `user`, `actions` (GITHUB_TOKEN of a workflow) or `app` (an installation of a GitHub App). The last two
            may not ask for their own user (`GET /user`).
        may_write: whether it has the permission to write.
    """

    login: str
    kind: Literal["user", "actions", "app"] = "user"
    may_write: bool = True


@dataclass
class Repository:
    """A repository.

    Args:
        name: `owner/name`.
        access: highest permission by login: pull, triage, push, maintain or admin. Everybody may read a public one.
        private: whether it is private.
        archived: whether it is archived.
        default_branch: its default branch.
        branches: whether a branch is protected, by its name; a repository without a commit has no branch.
        files: texts by branch and path.
        issues: issues and pull requests by number; `author`, `title`, `body`, `state`, `type` and `is_pull_request`.
        comments: comments by number; `issue`, `author` and `body`.
        has_issues: whether issues are enabled.
    """

    name: str = "acme/gitops"
    access: dict[str, str] = field(default_factory=dict)
    private: bool = True
    archived: bool = False
    default_branch: str = "main"
    branches: dict[str, bool] = field(default_factory=lambda: {"main": False})
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    has_issues: bool = True

    def open(self, author: str, title: str, body: str = "", is_pull_request: bool = False) -> int:
        """Open an issue or a pull request without a request; return its number."""
        number = len(self.issues) + 1
        known = {"author": author, "title": title, "body": body, "is_pull_request": is_pull_request}
        self.issues[number] = {**known, "state": "open", "type": None}
        return number

    def comment(self, issue: int, author: str, body: str) -> int:
        """Write a comment without a request; return its number."""
        number = len(self.comments) + 1
        self.comments[number] = {"issue": issue, "author": author, "body": body}
        return number


def secondary_limit(retry_after: int | None = None) -> httpx.Response:
    """Return GitHub's refusal of too many requests within a short time.

    Args:
        retry_after: seconds after which another request is allowed; not every refusal contains them.
    """
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return httpx.Response(
        403, json={"message": message, "documentation_url": "https://docs.github.com"}, headers=headers
    )


class MemoryGitHub:
    """Answers `httpx` requests from memory.

    Attributes:
        api: base URL of the API: `https://api.github.com`, `https://api.SUBDOMAIN.ghe.com`, or a GitHub Enterprise
            Server's `https://HOST/api/v3`. A request to another server raises an `AssertionError`.
        tokens: tokens by their text.
        repositories: repositories by `owner/name`, in lower case.
        hooks: webhooks of organizations and repositories.
        refusals: answers for the next requests, whatever they ask for.
        requests: method, path below `api` and body of each request.
    """

    def __init__(self) -> None:
        self.api = "https://api.github.com"
        self.tokens = {
            "planted-user-token": Token("robot"),
            "planted-actions-token": Token("github-actions[bot]", "actions"),
            "planted-app-token": Token("acme-deploy[bot]", "app"),
        }
        self.repositories: dict[str, Repository] = {}
        self.hooks = MemoryHooks()
        self.refusals: list[httpx.Response] = []
        self.requests: list[tuple[str, str, Any]] = []
        self._operations: dict[str, Callable[[_Asked], httpx.Response]] = {
            "GET /user": self._user,
            "GET /repos/{owner}/{repo}": self._about,
            "GET /repos/{owner}/{repo}/branches/{branch}": self._branch,
            "GET /repos/{owner}/{repo}/contents/{path}": self._contents,
            "GET /repos/{owner}/{repo}/issues": self._issues,
            "POST /repos/{owner}/{repo}/issues": self._new_issue,
            "PATCH /repos/{owner}/{repo}/issues/{issue_number}": self._edit_issue,
            "GET /repos/{owner}/{repo}/issues/{issue_number}/comments": self._comments,
            "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": self._new_comment,
            "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}": self._edit_comment,
            **self.hooks.operations,
        }

    def add(self, repository: Repository) -> Repository:
        """Add a repository, to which every token's login may push if it names nobody, and return it."""
        repository.access = repository.access or {token.login: "push" for token in self.tokens.values()}
        self.repositories[repository.name.lower()] = repository
        return repository

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        body: Any = json.loads(request.content) if request.content else None
        url = str(request.url)
        if url == self._graphql:
            self.requests.append((request.method, "/graphql", body))
            return self._viewer(request, body)
        assert url.startswith(f"{self.api}/"), f"{url.partition('?')[0]} is not below {self.api}"
        path = url.removeprefix(self.api).partition("?")[0]
        self.requests.append((request.method, path, body))
        asked = operation(request.method, path)
        query = dict(request.url.params.multi_items())
        asked.check_request(query, body)
        answer = self._answer(_Asked(self, request, asked, query, body))
        asked.check_answer(answer.status_code, answer.json() if answer.content else None)
        return answer

    @property
    def _graphql(self) -> str:
        return f"{self.api.removesuffix('/v3')}/graphql"

    def _viewer(self, request: httpx.Request, body: Any) -> httpx.Response:
        assert request.method == "POST"
        assert body == {"query": VIEWER}, f"only {VIEWER} is known"
        if self.refusals:
            return self.refusals.pop(0)
        token = self._token(request)
        if token is None:
            return _refusal(401, "Bad credentials")
        return httpx.Response(200, json={"data": {"viewer": {"login": token.login}}})

    def _answer(self, asked: "_Asked") -> httpx.Response:
        if self.refusals:
            return self.refusals.pop(0)
        if asked.token is None and "Authorization" in asked.request.headers:
            return _refusal(401, "Bad credentials")
        if asked.token and asked.token.kind != "user" and not asked.operation.facts["app"]:
            return _refusal(403, "Resource not accessible by integration")
        if "repo" in asked.operation.values:
            if asked.repository is None:
                return _refusal(404, "Not Found")
            if asked.request.method != "GET" and (refusal := _not_written(asked)):
                return refusal
        assert asked.operation.name in self._operations, f"{asked.operation.name} is not built here yet"
        return self._operations[asked.operation.name](asked)

    def _token(self, request: httpx.Request) -> Token | None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            value = base64.b64decode(value).decode().partition(":")[2]
        return self.tokens.get(value)

    def _user(self, asked: "_Asked") -> httpx.Response:
        if asked.token is None:
            return _refusal(401, "Requires authentication")
        return httpx.Response(200, json=_author(asked.token.login))

    def _about(self, asked: "_Asked") -> httpx.Response:
        found = asked.repo
        about = {
            "full_name": found.name,
            "private": found.private,
            "archived": found.archived,
            "default_branch": found.default_branch,
            "owner": _author(found.name.partition("/")[0]),
        }
        if asked.token is None:
            return httpx.Response(200, json=about)
        # GitHub's own example of an installation's repository has no permission set; they are a user's.
        level = _LEVELS.index(asked.level) if asked.level and asked.token.kind == "user" else -1
        permissions = {name: i <= level for i, name in enumerate(_LEVELS)}
        return httpx.Response(200, json={**about, "permissions": permissions})

    def _branch(self, asked: "_Asked") -> httpx.Response:
        name = asked.operation.values["branch"]
        if name not in asked.repo.branches:
            return _refusal(404, "Branch not found")
        protected = asked.repo.branches[name]
        return httpx.Response(200, json={"name": name, "commit": {"sha": "0" * 40}, "protected": protected})

    def _contents(self, asked: "_Asked") -> httpx.Response:
        found = asked.repo
        if not found.branches:
            return _refusal(404, "This repository is empty.")
        path, branch = asked.operation.values["path"], asked.query.get("ref", found.default_branch)
        if branch not in found.branches:
            return _refusal(404, f"No commit found for the ref {branch}")
        text = found.files.get(branch, {}).get(path)
        if text is None:
            return _refusal(404, "Not Found")
        content = base64.encodebytes(text.encode()).decode()
        known = {"type": "file", "name": path.rpartition("/")[2], "path": path, "size": len(text.encode())}
        return httpx.Response(200, json={**known, "encoding": "base64", "content": content})

    def _issues(self, asked: "_Asked") -> httpx.Response:
        if not asked.repo.has_issues:
            return _refusal(404, "Not Found")
        state, kind = asked.query.get("state", "open"), asked.query.get("type")
        found = [
            _issue(asked.repo, number)
            for number, issue in asked.repo.issues.items()
            # `type` is the name of an issue type of the organization.
            if state in ("all", issue["state"]) and (kind is None or issue["type"] == kind)
        ]
        return asked.page(found[::-1])

    def _new_issue(self, asked: "_Asked") -> httpx.Response:
        if not asked.repo.has_issues:
            return _refusal(410, "Issues has been disabled in this repository.")
        number = asked.repo.open(asked.login, asked.body["title"], asked.body.get("body") or "")
        return httpx.Response(201, json=_issue(asked.repo, number))

    def _edit_issue(self, asked: "_Asked") -> httpx.Response:
        number = int(asked.operation.values["issue_number"])
        if number not in asked.repo.issues:
            return _refusal(404, "Not Found")
        asked.repo.issues[number] |= asked.body
        return httpx.Response(200, json=_issue(asked.repo, number))

    def _comments(self, asked: "_Asked") -> httpx.Response:
        number = int(asked.operation.values["issue_number"])
        if number not in asked.repo.issues:
            return _refusal(404, "Not Found")
        found = asked.repo.comments.items()
        return asked.page([_comment(asked.repo, id_) for id_, comment in found if comment["issue"] == number])

    def _new_comment(self, asked: "_Asked") -> httpx.Response:
        number = int(asked.operation.values["issue_number"])
        if number not in asked.repo.issues:
            return _refusal(404, "Not Found")
        return httpx.Response(
            201, json=_comment(asked.repo, asked.repo.comment(number, asked.login, asked.body["body"]))
        )

    def _edit_comment(self, asked: "_Asked") -> httpx.Response:
        number = int(asked.operation.values["comment_id"])
        asked.repo.comments[number] |= asked.body
        return httpx.Response(200, json=_comment(asked.repo, number))


@dataclass
class _Asked:
    """A request to an operation."""

    github: MemoryGitHub
    request: httpx.Request
    operation: Operation
    query: dict[str, str]
    body: Any

    @property
    def token(self) -> Token | None:
        return self.github._token(self.request)

    @property
    def login(self) -> str:
        assert self.token
        return self.token.login

    @property
    def level(self) -> str | None:
        """The permission of the token's user in the repository."""
        return self.repo.access.get(self.token.login) if self.token else None

    @property
    def repo(self) -> Repository:
        assert self.repository
        return self.repository

    @property
    def repository(self) -> Repository | None:
        """The repository, if the token's user may see it."""
        values = self.operation.values
        found = self.github.repositories.get(f"{values['owner']}/{values['repo']}".lower())
        if found and found.private and not (self.token and self.token.login in found.access):
            return None
        return found

    def page(self, found: list[Any]) -> httpx.Response:
        """Return a page of a list, with the link to the next page."""
        size = min(int(self.query.get("per_page", "30")), 100)
        number = int(self.query.get("page", "1"))
        more = len(found) > size * number
        url = urlsplit(str(self.request.url))._replace(query=urlencode(self.query | {"page": str(number + 1)}))
        headers = {"Link": f'<{url.geturl()}>; rel="next"'} if more else {}
        return httpx.Response(200, json=found[size * (number - 1) :][:size], headers=headers)


def _not_written(asked: _Asked) -> httpx.Response | None:
    if asked.token is None:
        return _refusal(401, "Requires authentication")
    if asked.repo.archived:
        return _refusal(403, "Repository was archived so is read-only.")
    if not asked.token.may_write:
        by = "personal access token" if asked.token.kind == "user" else "integration"
        return _refusal(403, f"Resource not accessible by {by}")
    return None


def _author(login: str) -> dict[str, Any]:
    return {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"}


def _issue(repository: Repository, number: int) -> dict[str, Any]:
    issue = repository.issues[number]
    page = f"https://github.com/{repository.name}/{'pull' if issue['is_pull_request'] else 'issues'}/{number}"
    kept = {key: issue[key] for key in ("title", "body", "state")}
    about = {**kept, "id": 1000 + number, "number": number, "html_url": page, "user": _author(issue["author"])}
    # Only a pull request has this field.
    return {**about, **({"pull_request": {"html_url": page}} if issue["is_pull_request"] else {})}


def _comment(repository: Repository, number: int) -> dict[str, Any]:
    comment = repository.comments[number]
    page = f"{_issue(repository, comment['issue'])['html_url']}#issuecomment-{number}"
    return {"id": number, "body": comment["body"], "html_url": page, "user": _author(comment["author"])}
