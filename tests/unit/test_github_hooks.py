"""The client of GitHub's webhook API: its addresses, the webhooks that it finds, and the lines for refusals."""

import httpx
import pytest

from clients.github import GitHub, GitHubError
from clients.github_hooks import GitHubHooks, WantedHook
from tests.memory_gitea import answer_with
from tests.memory_github import Repository, Token, secondary_limit

TOKEN = "planted-user-token"
URL = "https://kargo.example.com/github/planted-path"
WANTED = WantedHook(URL, ["package"], "planted-secret")
ORGANIZATION, REPOSITORY = "/orgs/acme/hooks", "/repos/acme/gitops/hooks"


@pytest.fixture(autouse=True)
def acme(github):
    github.hooks.organizations["acme"] = {"robot"}
    return github.add(Repository(access={"robot": "admin"}))


@pytest.fixture
def hooks():
    with GitHub("https://github.com", TOKEN, None, [URL, WANTED.secret]) as github:
        yield GitHubHooks(github)


@pytest.mark.parametrize(
    ("server", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://git.example.com:8443", "https://git.example.com:8443/api/v3"),
    ],
)
def test_every_github_has_its_own_address(github, server, api):
    github.api = api
    with GitHub(server, TOKEN, None) as connected:
        hooks = GitHubHooks(connected)
        made = hooks.make(hooks.collection("acme", ""), WANTED)
    assert made.path == "/orgs/acme/hooks/1"


def test_an_organization_and_a_repository_have_webhooks_and_a_user_has_none(hooks):
    assert hooks.collection("Acme", "") == "/orgs/Acme/hooks"
    assert hooks.collection("somebody", "gitops") == "/repos/somebody/gitops/hooks"
    with pytest.raises(GitHubError, match=r"'somebody' is a user on GitHub.*; set webhooks\.repository to"):
        hooks.collection("somebody", "")


@pytest.mark.parametrize("collection", [ORGANIZATION, REPOSITORY])
def test_a_created_webhook_is_whole(github, hooks, collection):
    made = hooks.make(collection, WANTED)
    config = {"url": URL, "content_type": "json", "insecure_ssl": "0", "secret": "planted-secret"}
    assert github.hooks.stored[1].config == config
    assert (made.url, made.events, made.active, made.settled) == (URL, ["package"], True, True)
    assert hooks.get(made.path) == made
    assert hooks.get(f"{collection}/99") is None


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_webhooks_on_every_page_are_seen(github, hooks, count):
    for number in range(count):
        github.hooks.add("orgs/acme", f"https://x/{number}", "push")
    assert [hook.url for hook in hooks.all(ORGANIZATION)] == [f"https://x/{number}" for number in range(count)]


@pytest.mark.parametrize("collection", [ORGANIZATION, REPOSITORY])
def test_a_webhook_with_the_url_is_replaced_and_others_stay(github, hooks, collection):
    place = collection.strip("/").removesuffix("/hooks")
    foreign = github.hooks.add(place, "https://kargo.example.com/github/another-project", "package")
    for events in (["package"], ["pull_request"]):
        github.hooks.add(place, URL, *events)
    hooks.make(collection, WANTED)
    assert [hook.config["url"] for hook in github.hooks.stored.values()] == [foreign.config["url"], URL]
    assert hooks.all(collection)[-1].settled


def test_an_update_writes_everything_and_removes_a_second_webhook_with_the_url(github, hooks):
    made = hooks.make(ORGANIZATION, WANTED)
    other = "https://kargo.example.com/github/other"
    github.hooks.add("orgs/acme", other, "package")
    stored = github.hooks.stored[1]
    stored.config, stored.events, stored.active = {"url": "https://x", "insecure_ssl": "1"}, ["push"], False
    updated = hooks.update(made.path, WantedHook(other, ["package"], "new"))
    assert updated
    assert (updated.path, updated.active, updated.settled) == (made.path, True, True)
    assert [*github.hooks.stored] == [1]
    assert stored.config == {"url": other, "content_type": "json", "insecure_ssl": "0", "secret": "new"}
    assert hooks.update(f"{ORGANIZATION}/99", WANTED) is None


@pytest.mark.parametrize("change", [{"secret": ""}, {"content_type": "form"}, {"insecure_ssl": "1"}], ids=str)
def test_another_setting_is_seen(github, hooks, change):
    made = hooks.make(ORGANIZATION, WANTED)
    github.hooks.stored[1].config |= change
    found = hooks.get(made.path)
    assert found
    assert not found.settled


def test_deleting_a_webhook_that_is_gone_is_fine(github, hooks):
    made = hooks.make(REPOSITORY, WANTED)
    hooks.delete(made.path)
    hooks.delete(made.path)
    assert github.hooks.stored == {}


def test_a_renamed_repository_is_explained_and_no_delete_is_sent_after_it(monkeypatch):
    exists, sent = True, []

    def renamed(request: httpx.Request) -> httpx.Response:
        sent.append((request.method, request.url.path))
        if request.url.path.startswith("/repositories/7"):
            return httpx.Response(200 if exists else 404, json={})
        return httpx.Response(307, headers={"Location": "https://api.github.com/repositories/7/hooks/1"})

    answer_with(monkeypatch, renamed)
    with GitHub("https://github.com", TOKEN, None) as github:
        hooks = GitHubHooks(github)
        for attempt in (hooks.get, hooks.delete):
            with pytest.raises(GitHubError, match=r"redirects repos/acme/gitops/hooks/1.*gitOps\.repoURL"):
                attempt(f"{REPOSITORY}/1")
        exists = False
        hooks.delete(f"{REPOSITORY}/1")
    assert ("DELETE", "/repositories/7/hooks/1") not in sent


CLASSIC = {
    ORGANIZATION: r"scope admin:org_hook, or a fine-grained token the organization permission Webhooks: read and write",
    REPOSITORY: r"scope admin:repo_hook, or a fine-grained token the repository permission Webhooks: read and write",
}


@pytest.mark.parametrize("collection", [ORGANIZATION, REPOSITORY])
def test_missing_rights_are_told_with_what_to_give(github, hooks, acme, collection):
    github.tokens[TOKEN].may_write = False
    with pytest.raises(
        GitHubError, match=rf"githubToken may not manage {collection[1:]} at .*403: Resource not.*{CLASSIC[collection]}"
    ):
        hooks.make(collection, WANTED)
    github.tokens[TOKEN] = Token("somebody")
    with pytest.raises(GitHubError, match=rf"has no {collection[1:]}, or .*404: Not Found.*{CLASSIC[collection]}"):
        hooks.all(collection)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (
            httpx.Response(401, json={"message": "Bad credentials"}),
            r"refused the token \(401: Bad credentials\); if it",
        ),
        (
            httpx.Response(
                403, json={"message": "Resource protected by organization SAML enforcement. You must grant"}
            ),
            "; authorize the token for the organization",
        ),
        (
            httpx.Response(403, json={"message": "`acme` forbids access via a personal access token (classic)"}),
            "; ask an owner of the organization to allow this kind of token",
        ),
        (secondary_limit(30), r"answered 403 \(Too Many Requests\); try again in 30 s"),
        (httpx.Response(502, html="<html>Unicorn</html>"), r"answered 502 \(Bad Gateway\); try again later"),
        (httpx.Response(500, json={"message": "oops"}), "answered 500: oops to GET orgs/acme/hooks"),
    ],
    ids=["token", "single sign-on", "kind of token", "limit", "unavailable", "other"],
)
def test_every_refusal_says_what_to_do(github, hooks, answer, line):
    # The unknown answers are held to no description.
    with pytest.MonkeyPatch.context() as patch:
        answer_with(patch, lambda _: answer)
        with GitHub("https://github.com", TOKEN, None) as connected, pytest.raises(GitHubError, match=line):
            GitHubHooks(connected).all(ORGANIZATION)


def test_a_url_that_github_refuses_is_told_without_its_path(hooks):
    url = "https://localhost/github/planted-path-0123456789"
    with GitHub("https://github.com", TOKEN, None, [url]) as connected, pytest.raises(GitHubError) as caught:
        GitHubHooks(connected).make(ORGANIZATION, WantedHook(url, ["package"], "s"))
    assert "422: Validation Failed: Sorry, the URL host localhost is not supported" in str(caught.value)
    assert "set kargo.webhooksBaseUrl to an address that GitHub reaches" in str(caught.value)
    assert "planted" not in str(caught.value)


def test_what_github_echoes_is_not_shown(monkeypatch):
    def echo(request: httpx.Request) -> httpx.Response:
        sent = f"{request.headers['Authorization']} {URL} {WANTED.secret}"
        return httpx.Response(422, json={"message": "Validation Failed", "errors": [sent]})

    answer_with(monkeypatch, echo)
    with (
        GitHub("https://github.com", TOKEN, None, [URL, WANTED.secret]) as connected,
        pytest.raises(GitHubError) as caught,
    ):
        connected.call("POST", ORGANIZATION, json={})
    assert "planted" not in str(caught.value)
    assert "Validation Failed: Bearer [secret]" in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        {"html": "<html>sign in</html>"},
        {"json": "text"},
        {"json": [[]]},
        {"json": [{"id": 1}]},
        {"json": {"config": {}}},
        {"json": [{"id": "x", "config": {}}]},
        {"json": [{"id": 1, "config": "x"}]},
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda hooks: hooks.all(ORGANIZATION),
        lambda hooks: hooks.get(f"{ORGANIZATION}/1"),
        lambda hooks: hooks.make(ORGANIZATION, WANTED),
        lambda hooks: hooks.update(f"{ORGANIZATION}/1", WANTED),
    ],
)
def test_whatever_else_answers_ends_with_a_line(monkeypatch, answer, call):
    answer_with(monkeypatch, lambda _: httpx.Response(200, **answer))
    with GitHub("https://github.com", TOKEN, None) as github, pytest.raises(GitHubError, match=r"gitOps\.repoURL"):
        call(GitHubHooks(github))
