"""The client of Gitea's webhook API: the webhooks that it finds, their paths, and the scopes of tokens."""

import httpx
import pytest

from clients.gitea import Gitea, GiteaError
from clients.gitea_hooks import GiteaHooks, WantedHook, refused_by_default
from tests.memory_gitea import answer_with

URL = "https://gitea.example.com"
DOCUMENTED = {"write:user", "write:package", "write:repository"}


@pytest.fixture
def hooks(gitea):
    with Gitea(URL, "admin", gitea.passwords["admin"], None) as account:
        yield GiteaHooks(account)


def wanted(number: int) -> WantedHook:
    return WantedHook(f"hook {number}", f"https://x/{number}", ["push"])


@pytest.mark.parametrize("most_items", [1, 7, 49, 50, 100])
@pytest.mark.parametrize("scope", ["owner", "system"])
def test_hooks_on_every_page_are_seen(gitea, hooks, most_items, scope):
    gitea.most_items = most_items
    collection = hooks.collection(scope, "admin")
    made = [hooks.make(collection, wanted(number)) for number in range(60)]
    assert hooks.all(collection) == made


def test_a_list_without_pages_ends(gitea, hooks):
    gitea.pages = False
    made = [hooks.make("/admin/hooks", wanted(number)) for number in range(3)]
    assert hooks.all("/admin/hooks") == made


def test_a_system_hook_is_never_a_default_one(gitea, hooks):
    hooks.make(hooks.collection("system", "admin"), wanted(1))
    assert gitea.requests[-1][2]["config"]["is_system_webhook"] == "true"


def test_the_documented_token_is_enough_for_ones_own_images(gitea, hooks):
    gitea.scopes[gitea.passwords["admin"]] = DOCUMENTED
    hooks.make(hooks.collection("owner", "Admin"), wanted(1))
    assert len(hooks.all("/user/hooks")) == 1


def test_a_token_works_under_any_username(gitea):
    gitea.passwords["token"] = gitea.passwords["admin"]
    gitea.logins["token"] = "admin"
    with Gitea(URL, "token", gitea.passwords["token"], None) as account:
        assert GiteaHooks(account).collection("owner", "admin") == "/user/hooks"


def test_webhooks_of_an_organization_need_only_the_scope_for_organizations(gitea, hooks):
    gitea.organizations.add("platform")
    gitea.scopes[gitea.passwords["admin"]] = {"write:organization"}
    assert hooks.collection("owner", "platform") == "/orgs/platform/hooks"
    assert hooks.collection("organization", "platform") == "/orgs/platform/hooks"


def test_the_missing_scope_of_a_token_is_reported(gitea, hooks):
    gitea.scopes[gitea.passwords["admin"]] = {"read:package"}
    with pytest.raises(GiteaError, match=r"403.*write:user for webhooks of a user"):
        hooks.make(hooks.collection("owner", "admin"), wanted(1))
    with pytest.raises(GiteaError, match=r"403.*organization.*write:organization for webhooks of an organization"):
        hooks.collection("owner", "platform")


@pytest.mark.parametrize("scope", ["owner", "user"])
def test_another_users_hooks_are_out_of_reach(hooks, scope):
    with pytest.raises(GiteaError, match=r"cannot manage webhooks of user 'somebody'.*webhooks\.scope to system"):
        hooks.collection(scope, "somebody")


def test_a_gitea_without_package_events_keeps_no_hook(gitea, hooks):
    gitea.known_events = {"push"}
    with pytest.raises(GiteaError, match=r"Gitea 1\.16\.0 has no webhook event package; use Gitea 1\.17"):
        hooks.make("/user/hooks", WantedHook("x", "https://x/1", ["package"]))
    assert gitea.hooks == {}


def test_another_server_than_gitea_is_reported(monkeypatch):
    answer_with(monkeypatch, lambda _: httpx.Response(200, html="<html>sign in</html>"))
    with (
        Gitea(URL, "admin", "x", None) as account,
        pytest.raises(
            GiteaError,
            match=r"expected Gitea's API at gitea\.example\.com, but another server answered \(200, text/html\)",
        ),
    ):
        GiteaHooks(account).collection("owner", "admin")


@pytest.mark.parametrize(
    "answer",
    [
        {"html": "<html>sign in</html>"},
        {"text": "{", "headers": {"Content-Type": "application/json"}},
        {"text": "<html>", "headers": {"Content-Type": "application/json"}},
        {"json": "text"},
        {"json": 3},
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
        lambda hooks: hooks.all("/user/hooks"),
        lambda hooks: hooks.get("/user/hooks/1"),
        lambda hooks: hooks.make("/user/hooks", wanted(1)),
        lambda hooks: hooks.update("/user/hooks/1", wanted(1)),
    ],
)
def test_whatever_else_answers_ends_with_a_line(monkeypatch, answer, call):
    answer_with(monkeypatch, lambda _: httpx.Response(200, **answer))
    with Gitea(URL, "admin", "x", None) as account, pytest.raises(GiteaError, match=r"registry\.host"):
        call(GiteaHooks(account))


@pytest.mark.parametrize(
    ("status", "headers", "line"),
    [
        (503, {}, "answered 503 (Service Unavailable); try again later"),
        (429, {"Retry-After": "30"}, "answered 429 (Too Many Requests); try again in 30 s"),
    ],
)
def test_an_unavailable_gitea_is_reported(monkeypatch, status, headers, line):
    answer_with(monkeypatch, lambda _: httpx.Response(status, headers=headers, html="<html>busy</html>"))
    with Gitea(URL, "admin", "x", None) as account, pytest.raises(GiteaError) as caught:
        GiteaHooks(account).all("/user/hooks")
    assert str(caught.value) == f"Gitea at {URL} {line}"


def test_what_gitea_echoes_of_the_login_is_not_shown(monkeypatch):
    def echo(request: httpx.Request) -> httpx.Response:
        sent = request.headers["Authorization"]
        return httpx.Response(403, json={"message": f"{sent} planted-password is not enough"})

    answer_with(monkeypatch, echo)
    with Gitea(URL, "admin", "planted-password", None) as account, pytest.raises(GiteaError) as caught:
        account.call("GET", "/user")
    assert "planted" not in str(caught.value)
    assert "403: Basic [secret]== [secret] is not enough" in str(caught.value)


def test_addresses_that_gitea_refuses_by_default_are_reported_with_the_value_to_add():
    assert refused_by_default("http://127.0.0.1:1/x") == "loopback"
    assert refused_by_default("http://10.1.2.3/x") == "10.1.2.3"
    assert refused_by_default("http://93.184.216.34/x") is None
