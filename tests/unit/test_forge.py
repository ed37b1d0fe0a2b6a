"""One comment on a pull request, one issue: found again, edited, and one line where that fails."""

import json
import re
import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import trustme

from clients.connection import ServiceError, ssl_context
from clients.forge import Forge, ForgeError
from ops import drift_issue, preview_comment
from tests.memory_gitea import answer_with
from tests.memory_github import MemoryGitHub, Repository, secondary_limit

API = "https://api.github.com"
GITEA = "https://gitea.example.com/api/v1"
NAME = "acme/gitops"
MARKER = "<!-- kargo-backstage preview of stack dev -->"
TOKENS = ["planted-user-token", "planted-actions-token", "planted-app-token"]
SERVERS = [API, "https://github.example.com/api/v3", "https://api.acme.ghe.com"]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Do not wait, and return the seconds that a client would have waited."""
    found: list[float] = []
    monkeypatch.setattr("clients.forge.time.sleep", found.append)
    return found


@pytest.fixture
def repository(github: MemoryGitHub) -> Repository:
    found = github.add(Repository(NAME))
    found.open("person", "an issue")
    found.open("person", "a change", is_pull_request=True)
    return found


def comment(body: str, token: str = TOKENS[0], api: str = API) -> str:
    return preview_comment.write(Forge(api, NAME, token), 2, MARKER, body)


def bodies(repository: Repository) -> list[str]:
    return [str(written["body"]) for written in repository.comments.values()]


@pytest.mark.parametrize("api", SERVERS)
@pytest.mark.parametrize("token", TOKENS)
def test_a_first_comment_is_added_and_the_next_run_edits_it(github, repository, token, api):
    github.api = api
    repository.comment(2, "person", "hello")
    urls = {comment(f"{MARKER}\n{text}", token, api) for text in ("first", "second", "second")}
    assert urls == {"https://github.com/acme/gitops/pull/2#issuecomment-2"}
    assert bodies(repository) == ["hello", f"{MARKER}\nsecond"]
    assert [method for method, path, _ in github.requests if "/comments" in path].count("PATCH") == 1


@pytest.mark.parametrize("token", TOKENS)
def test_it_is_found_on_a_later_page_and_another_stacks_stays(github, repository, token):
    author, other = github.tokens[token].login, "<!-- kargo-backstage preview of stack prod -->"
    for i in range(120):
        repository.comment(2, "person", str(i))
    repository.comment(2, author, other)
    repository.comment(2, author, MARKER)
    comment(f"{MARKER}\nnew", token)
    assert bodies(repository)[120:] == [other, f"{MARKER}\nnew"]


@pytest.mark.parametrize("author", ["person", "github-actions[bot]", "acme-deploy"])
def test_a_marker_that_somebody_else_wrote_is_not_ours(repository, author):
    repository.comment(2, author, f"{MARKER}\nplanted")
    repository.comment(2, "acme-deploy[bot]", f"{MARKER}\nold")
    comment(f"{MARKER}\nnew", "planted-app-token")
    assert bodies(repository) == [f"{MARKER}\nplanted", f"{MARKER}\nnew"]


def test_a_login_that_github_does_not_tell_is_one_line(github, repository):
    repository.comment(2, "robot", MARKER)
    errors = {"data": None, "errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=errors) if request.method == "POST" else github(request)

    with pytest.MonkeyPatch.context() as patch:
        answer_with(patch, answer)
        with pytest.raises(ForgeError, match="did not tell whose GITHUB_TOKEN is: API rate limit exceeded"):
            comment(MARKER)


@pytest.mark.parametrize("token", TOKENS)
def test_one_issue_is_opened_edited_and_closed(github, repository, token):
    """A pull request is an issue for GitHub too, and a closed issue is not opened again."""
    repository.open(github.tokens[token].login, "a change", MARKER, is_pull_request=True)

    def forge() -> Forge:
        return Forge(API, NAME, token)

    for body in (f"{MARKER}\nfirst", f"{MARKER}\nsecond", f"{MARKER}\nsecond"):
        assert drift_issue.write(forge(), MARKER, "Drift", body) == "https://github.com/acme/gitops/issues/4"
    assert repository.issues[4]["body"] == f"{MARKER}\nsecond"
    assert drift_issue.close(forge(), MARKER) == "https://github.com/acme/gitops/issues/4"
    assert [issue["state"] for issue in repository.issues.values()] == ["open", "open", "open", "closed"]
    assert drift_issue.close(forge(), MARKER) is None
    assert drift_issue.write(forge(), MARKER, "Drift", MARKER).endswith("/issues/5")


class MemoryIssues:
    """The issues of a repository in Gitea 1.26, whose lists have no links, by two authors."""

    def __init__(self, of_the_workflow: bool) -> None:
        self.issues: list[dict[str, Any]] = []
        self._workflow = of_the_workflow

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        assert request.headers["Authorization"] == "Bearer planted-token"
        if path == "/user":
            return httpx.Response(403 if self._workflow else 200, json={"login": "robot"})
        if request.method == "GET":
            assert path == "/repos/acme/gitops/issues"
            return httpx.Response(200, json=[issue for issue in self.issues if issue["state"] == "open"])
        content = json.loads(request.content)
        if request.method == "POST":
            self.add("gitea-actions" if self._workflow else "robot", content["body"])
            return httpx.Response(201, json=self.issues[-1])
        number = int(path.rpartition("/")[2])
        self.issues[number - 1] |= content
        return httpx.Response(201, json=self.issues[number - 1])

    def add(self, author: str, body: str) -> None:
        number = len(self.issues) + 1
        known = {"number": number, "user": {"login": author}, "state": "open", "pull_request": None}
        self.issues.append({**known, "body": body, "html_url": f"https://gitea.example.com/{number}"})


@pytest.mark.parametrize("of_the_workflow", [True, False])
def test_gitea_tells_a_user_and_refuses_a_workflow(monkeypatch, of_the_workflow):
    gitea = MemoryIssues(of_the_workflow)
    answer_with(monkeypatch, gitea)
    gitea.add("person", f"{MARKER}\nplanted")
    for body in (f"{MARKER}\nfirst", f"{MARKER}\nsecond"):
        forge = Forge(GITEA, NAME, "planted-token")
        assert drift_issue.write(forge, MARKER, "Drift", body) == "https://gitea.example.com/2"
    assert [issue["body"] for issue in gitea.issues] == [f"{MARKER}\nplanted", f"{MARKER}\nsecond"]


def refused(monkeypatch: pytest.MonkeyPatch, answer: Callable[[httpx.Request], httpx.Response]) -> str:
    """Return the error for a comment on a server with these answers."""
    answer_with(monkeypatch, answer)
    with pytest.raises(ForgeError) as error:
        comment("x")
    assert "planted" not in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (
            401,
            r"GITHUB_TOKEN: not accepted \(401: the reason \[secret\]\); set a valid token for the API",
        ),
        (
            403,
            r"\(403: the reason \[secret\]\); give it the permission pull-requests: write or issues: write",
        ),
        (404, "The run of a fork has no token of its own"),
        (410, "no longer accepts comments"),
        (423, "no longer accepts comments"),
        (422, "the API at api.github.com answered 422 for .*: the reason"),
        (502, "the API at api.github.com answered 502"),
    ],
)
def test_a_refusal_is_one_line_with_the_servers_reason_without_the_token(monkeypatch, status, line):
    said = refused(monkeypatch, lambda _: httpx.Response(status, json={"message": "the\nreason planted-user-token"}))
    assert re.search(line, said)
    assert f"{status}: " not in refused(monkeypatch, lambda _: httpx.Response(status))


def test_a_token_that_may_not_write_is_githubs_own_reason(github, repository):
    github.tokens["planted-app-token"].may_write = False
    with pytest.raises(ForgeError, match=r"\(403: Resource not accessible by integration\); give it the permission"):
        comment(MARKER, "planted-app-token")


def limit(status: int, message: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"message": message}, headers=named)


@pytest.mark.parametrize(
    "answers",
    [
        [secondary_limit(5)],
        [limit(429, "Too many requests", retry_after="5")],
        [secondary_limit(2), secondary_limit(3)],
        [secondary_limit(30), secondary_limit(30)],
    ],
)
@pytest.mark.parametrize("token", TOKENS)
def test_a_short_pause_is_waited_for_with_a_line(github, repository, pauses, capsys, answers, token):
    asked = [int(answer.headers["retry-after"]) for answer in answers]
    github.refusals = [*answers]
    comment(MARKER, token)
    assert bodies(repository) == [MARKER]
    assert pauses == asked
    lines = [f"the API at api.github.com allows no more requests now; waiting {pause} s, as it asks" for pause in asked]
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.parametrize(
    ("answers", "when"),
    [
        ([secondary_limit()], "later"),
        ([secondary_limit(61)], "in 61 s"),
        ([secondary_limit(3600)], "in 3600 s"),
        ([secondary_limit(40), secondary_limit(40)], "in 40 s"),
        ([secondary_limit(0)] * 3, "in 0 s"),
        ([limit(403, "API rate limit exceeded for installation ID 1.", x_ratelimit_remaining="0")], "later"),
        ([limit(403, "Slow down", x_ratelimit_remaining="0")], "later"),
        ([limit(429, "Too many requests")], "later"),
        ([limit(403, "You have triggered an abuse detection mechanism.", retry_after="90")], "in 90 s"),
        ([limit(403, "x", retry_after="Wed, 21 Oct 2026 07:28:00 GMT")], "later"),
    ],
)
def test_a_long_pause_ends_with_githubs_own_reason(github, repository, pauses, answers, when):
    github.refusals = [*answers]
    with pytest.raises(ForgeError) as error:
        comment(MARKER)
    status, message = answers[-1].status_code, answers[-1].json()["message"]
    assert str(error.value) == (
        f"the API at api.github.com allows no more requests now ({status}: {message}); run the command again {when}"
    )
    assert sum(pauses) <= 60
    assert not repository.comments


def test_a_server_that_is_away_for_a_moment_is_asked_again(monkeypatch, github, repository, pauses):
    asked = iter(range(10))

    def flaky(request: httpx.Request) -> httpx.Response:
        match next(asked):
            case 0:
                raise httpx.ConnectError("away")
            case 1:
                return httpx.Response(502)
            case _:
                answer: httpx.Response = github(request)
                return answer

    answer_with(monkeypatch, flaky)
    comment(MARKER)
    assert bodies(repository) == [MARKER]
    assert len(pauses) == 2


@pytest.mark.parametrize("lost", [httpx.ReadTimeout("lost"), httpx.Response(502)])
def test_what_may_have_been_created_is_not_created_again(monkeypatch, lost: Exception | httpx.Response):
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        if request.method == "GET":
            return httpx.Response(200, json={"login": "robot"} if request.url.path.endswith("/user") else [])
        if isinstance(lost, Exception):
            raise lost
        return lost

    answer_with(monkeypatch, answer)
    with pytest.raises(ForgeError):
        comment("body", api=GITEA)
    assert asked.count("POST") == 1


@pytest.mark.parametrize("page", ["<html>sign in</html>", "", '{"a": 1}', "[1]"])
def test_a_page_of_another_server_is_one_line(monkeypatch, page):
    answer_with(monkeypatch, lambda _: httpx.Response(200, text=page))
    with pytest.raises(ForgeError):
        comment("body", api=GITEA)


def test_a_server_that_stays_away_is_one_line(monkeypatch):
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    assert "the API at api.github.com cannot be reached from this machine (ConnectError)" in refused(monkeypatch, away)


def test_the_systems_cas_and_the_bundle_are_trusted(monkeypatch, tmp_path):
    """The system's CAs are those of OpenSSL, which SSL_CERT_FILE replaces, and not another library's."""
    system, own = trustme.CA(), trustme.CA()
    for name, authority in (("system.pem", system), ("own.pem", own)):
        (tmp_path / name).write_bytes(authority.cert_pem.bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    given: list[ssl.SSLContext] = []
    monkeypatch.setattr(httpx, "Client", lambda **options: given.append(options["verify"]))
    ssl_context.cache_clear()
    for bundle in (None, str(tmp_path / "own.pem")):
        Forge(API, NAME, "planted", bundle)
    ssl_context.cache_clear()
    assert [len(context.get_ca_certs()) for context in given] == [1, 2]
    assert all(context.verify_mode is ssl.CERT_REQUIRED for context in given)
    with pytest.raises(ServiceError, match=r"caBundle: .* is not a readable PEM file"):
        Forge(API, NAME, "planted", "/absent.pem")
