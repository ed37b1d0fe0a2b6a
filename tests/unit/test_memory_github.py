"""The GitHub in memory knows only what GitHub's description of its API contains."""

import httpx
import pytest

from tests.memory_github import MemoryGitHub, Repository, Token, secondary_limit

REPO = "https://api.github.com/repos/acme/gitops"
TOKENS = {"user": "planted-user-token", "actions": "planted-actions-token", "app": "planted-app-token"}


def asked(method: str, url: str, token: str | None = "planted-user-token", **request) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(headers=headers) as client:
        return client.request(method, url, **request)


@pytest.fixture(autouse=True)
def repository(github: MemoryGitHub) -> Repository:
    return github.add(Repository(branches={"main": True, "env/dev": False}, files={"main": {"a/b.json": "{}"}}))


@pytest.mark.parametrize(
    ("method", "url", "request_", "line"),
    [
        ("GET", f"{REPO}/", {}, "no operation GET /repos/acme/gitops/"),
        ("GET", f"{REPO}/branches/main/", {}, "no operation"),
        ("GET", f"{REPO}/branch/main", {}, "no operation"),
        ("PUT", f"{REPO}/issues", {}, "no operation"),
        ("GET", f"{REPO}/issues?limit=5", {}, "no query parameter limit"),
        ("GET", f"{REPO}/issues?state=opened", {}, "state: opened is none of"),
        ("GET", f"{REPO}/issues?per_page=many", {}, "per_page: no integer"),
        ("GET", f"{REPO}/issues/x/comments", {}, "issue_number: no integer"),
        ("POST", f"{REPO}/issues", {"json": {"body": "b"}}, "title missing"),
        ("POST", f"{REPO}/issues/1/comments", {"json": {"text": "b"}}, "no field text"),
        ("PATCH", f"{REPO}/issues/1", {"json": {"state": "shut"}}, "shut is none of"),
        ("GET", REPO, {"json": {}}, "has no body"),
        ("GET", "https://api.github.com/api/v1/user", {}, "no operation"),
        ("GET", "https://github.com/api/v1/user", {}, "is not below"),
        ("POST", "https://api.github.com/graphql", {"json": {"query": "{ viewer { id } }"}}, "is known"),
        ("GET", "https://api.github.com/meta", {}, "not built here yet"),
    ],
)
def test_a_request_that_github_does_not_know_is_an_error(method, url, request_, line):
    with pytest.raises(AssertionError, match=line):
        asked(method, url, **request_)


def test_an_answer_that_github_does_not_give_is_an_error(github):
    github.refusals = [httpx.Response(418), httpx.Response(200, json={"user_can_push": True})]
    with pytest.raises(AssertionError, match="does not answer 418"):
        asked("GET", REPO)
    with pytest.raises(AssertionError, match="no field user_can_push"):
        asked("GET", REPO)


@pytest.mark.parametrize(
    ("kind", "status", "login"),
    [("user", 200, "robot"), ("actions", 403, "github-actions[bot]"), ("app", 403, "acme-deploy[bot]")],
)
def test_only_graphql_tells_every_token_its_login(kind, status, login):
    assert asked("GET", "https://api.github.com/user", TOKENS[kind]).status_code == status
    answer = asked("POST", "https://api.github.com/graphql", TOKENS[kind], json={"query": "{ viewer { login } }"})
    assert answer.json() == {"data": {"viewer": {"login": login}}}


@pytest.mark.parametrize(
    ("api", "graphql"),
    [
        ("https://github.example.com/api/v3", "https://github.example.com/api/graphql"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
    ],
)
def test_other_githubs_have_other_addresses(github, api, graphql):
    github.api = api
    assert asked("GET", f"{api}/user").json()["login"] == "robot"
    assert asked("POST", graphql, json={"query": "{ viewer { login } }"}).is_success
    with pytest.raises(AssertionError, match="is not below"):
        asked("GET", "https://api.github.com/user")


def test_who_may_see_and_push(github, repository):
    github.tokens["planted-other-token"] = Token("other")
    assert asked("GET", REPO, "planted-wrong-token").status_code == 401
    assert asked("GET", REPO, "planted-other-token").status_code == 404
    assert asked("GET", REPO, None).status_code == 404
    assert asked("GET", REPO).json()["permissions"]["push"] is True
    with httpx.Client(auth=("anybody", "planted-user-token")) as client:
        assert client.get(REPO).json()["full_name"] == "acme/gitops"
    repository.access["robot"] = "pull"
    assert asked("GET", REPO).json()["permissions"]["push"] is False
    repository.private = False
    assert asked("GET", REPO, "planted-other-token").json()["permissions"]["push"] is False
    assert "permissions" not in asked("GET", REPO, None).json()


def test_branches_and_files(repository):
    assert asked("GET", f"{REPO}/branches/env/dev").json()["name"] == "env/dev"
    assert asked("GET", f"{REPO}/branches/env%2Fdev").json()["protected"] is False
    assert asked("GET", f"{REPO}/branches/master").status_code == 404
    assert asked("GET", f"{REPO}/contents/a/b.json?ref=main").json()["content"] == "e30=\n"
    assert asked("GET", f"{REPO}/contents/a/b.json?ref=master").status_code == 404
    repository.branches = {}
    assert asked("GET", f"{REPO}/contents/a/b.json").json()["message"] == "This repository is empty."


def test_issues_have_pages_and_are_not_filtered_by_the_word_issues(repository):
    for n in range(31):
        repository.open("robot", f"issue {n}")
    assert repository.open("robot", "change", is_pull_request=True) == 32
    first = asked("GET", f"{REPO}/issues")
    assert len(first.json()) == 30
    assert "pull_request" in first.json()[0]
    assert len(asked("GET", first.links["next"]["url"]).json()) == 2
    assert asked("GET", f"{REPO}/issues?type=issues").json() == []
    assert asked("PATCH", f"{REPO}/issues/1", json={"state": "closed"}).json()["state"] == "closed"
    assert len(asked("GET", f"{REPO}/issues?per_page=100").json()) == 31


def test_refusals(github, repository):
    github.refusals = [secondary_limit(3)]
    assert asked("GET", REPO).headers["retry-after"] == "3"
    github.tokens["planted-app-token"].may_write = False
    refused = asked("POST", f"{REPO}/issues", "planted-app-token", json={"title": "x"})
    assert refused.json()["message"] == "Resource not accessible by integration"
    repository.archived = True
    assert asked("POST", f"{REPO}/issues", json={"title": "x"}).status_code == 403


def test_hooks_belong_to_owners_of_an_organization_and_administrators_of_a_repository(github, repository):
    place = "https://api.github.com/orgs/acme/hooks"
    assert asked("GET", "https://api.github.com/users/acme").json()["type"] == "User"
    assert asked("GET", place).status_code == 404
    assert asked("GET", f"{REPO}/hooks").status_code == 404
    github.hooks.organizations["acme"] = {"robot"}
    repository.access["robot"] = "admin"
    assert asked("GET", "https://api.github.com/users/Acme").json()["type"] == "Organization"
    for url in (place, f"{REPO}/hooks"):
        given = {"name": "web", "config": {"url": "https://x", "secret": "planted"}, "events": ["push"]}
        made = asked("POST", url, json=given)
        assert made.json()["config"] == {"url": "https://x", "secret": "********"}
        assert asked("POST", url, json=given).json()["errors"][0]["message"] == "Hook already exists on this repository"
        assert asked("POST", url, json={**given, "events": ["package"]}).status_code == 201
        one = f"{url}/{made.json()['id']}"
        assert asked("PATCH", one, json={"config": {"url": "https://x"}}).json()["config"] == {"url": "https://x"}
        assert [found["event"] for found in asked("GET", f"{one}/deliveries").json()] == ["ping"]
        assert asked("DELETE", one).status_code == 204
        assert asked("GET", one).status_code == 404
    github.tokens["planted-user-token"].may_write = False
    assert asked("POST", place, json=given).status_code == 403
