"""The hook's provider against a Gitea in memory."""

from typing import Any

import httpx
import pytest

from clients.connection import ServiceError
from clients.gitea import Gitea, GiteaError
from clients.gitea_delivery import refused_by_default
from clients.gitea_hooks import GiteaHooks
from components.dynamic.gitea_webhook import GiteaWebhookProvider
from tests.memory_gitea import MemoryGitea, answer_with

URL = "https://kargo.example.com/generic/planted-path"
PASSWORD = "planted-password"
PROPS: dict[str, Any] = {
    "giteaUrl": "https://gitea.example.com",
    "username": "admin",
    "password": PASSWORD,
    "scope": "owner",
    "owner": "Admin",
    "url": URL,
    "events": ["package"],
    "secret": "",
    "caBundle": "",
    "active": True,
    "settled": True,
}


@pytest.fixture
def gitea(monkeypatch):
    fake = MemoryGitea()
    answer_with(monkeypatch, fake)
    return fake


@pytest.fixture
def hooks(gitea):
    """The client's own view of `gitea`, signed in as the provider is."""
    with Gitea(PROPS["giteaUrl"], PROPS["username"], PASSWORD, None) as client:
        yield GiteaHooks(client)


provider = GiteaWebhookProvider()


def test_a_created_hook_is_whole_and_its_id_is_its_address(gitea):
    made = provider.create(dict(PROPS))
    assert made.id == "/user/hooks/1"
    sent = gitea.requests[-1][2]
    assert sent["active"] is True
    assert sent["events"] == ["package"]
    assert sent["config"] == {"url": URL, "content_type": "json"}


def test_an_identical_hook_is_adopted_and_its_duplicates_go(gitea, hooks):
    for _ in range(3):
        hooks.create("/user/hooks", URL, ["push"], None)
    assert provider.create(dict(PROPS)).id == "/user/hooks/1"
    assert [hook["events"] for hook in gitea.hooks.values()] == [["package"]]


def test_a_signed_hook_is_made_anew_since_its_secret_cannot_be_compared(gitea, hooks):
    hooks.create("/user/hooks", URL, ["package"], "old")
    assert provider.create({**PROPS, "secret": "new"}).id == "/user/hooks/2"
    assert list(gitea.hooks) == [2]
    assert gitea.hooks[2]["config"]["secret"] == "new"


def test_more_hooks_than_a_page_are_all_seen(hooks):
    made = [hooks.create("/user/hooks", f"https://x/{number}", ["push"], None) for number in range(120)]
    assert hooks.all("/user/hooks") == made


def test_read_finds_drift_and_deletion(gitea):
    id_ = provider.create(dict(PROPS)).id
    unchanged = provider.read(id_, dict(PROPS))
    assert unchanged.outs == PROPS
    gitea.hooks[1] |= {"events": ["push"], "active": False, "authorization_header": "x"}
    drifted = provider.read(id_, dict(PROPS)).outs
    assert drifted
    assert (drifted["events"], drifted["active"], drifted["settled"]) == (["push"], False, False)
    assert provider.diff(id_, drifted, dict(PROPS)).changes
    gitea.hooks.clear()
    assert provider.read(id_, dict(PROPS)).id == ""


@pytest.mark.parametrize(
    ("key", "value", "replaces"),
    [
        ("url", "https://kargo.example.com/generic/other", []),
        ("password", "other", []),
        ("events", ["push"], []),
        ("secret", "other", ["secret"]),
        ("scope", "system", ["scope"]),
        ("giteaUrl", "https://other.example.com", ["giteaUrl"]),
    ],
)
def test_what_cannot_be_patched_is_replaced(key, value, replaces):
    difference = provider.diff("/user/hooks/1", dict(PROPS), {**PROPS, key: value})
    assert difference.changes
    assert difference.replaces == replaces


def test_nothing_changes_where_nothing_differs():
    assert not provider.diff("/user/hooks/1", dict(PROPS), dict(PROPS)).changes


def test_deleting_a_hook_that_is_gone_is_fine(gitea):
    provider.delete("/user/hooks/9", dict(PROPS))
    assert gitea.requests[-1][:2] == ("DELETE", "/user/hooks/9")


def test_a_system_hook_is_never_a_default_one(gitea):
    provider.create({**PROPS, "scope": "system"})
    assert gitea.requests[-1][2]["config"]["is_system_webhook"] == "true"


def test_an_organizations_images_get_a_hook_of_the_organization(gitea):
    gitea.organizations.add("Admin")
    assert provider.create(dict(PROPS)).id == "/orgs/Admin/hooks/1"


def test_another_users_hooks_are_out_of_reach(gitea):
    with pytest.raises(GiteaError, match=r"cannot manage webhooks of user 'somebody'.*webhooks\.scope to system"):
        provider.create({**PROPS, "owner": "somebody"})


def test_a_gitea_without_package_events_keeps_no_hook(gitea):
    gitea.known_events = {"push"}
    with pytest.raises(GiteaError, match=r"Gitea 1\.16\.0 has no webhook event package; use Gitea 1\.17"):
        provider.create(dict(PROPS))
    assert gitea.hooks == {}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(401, json={"message": "x"}), "refused the sign-in of 'admin'"),
        (httpx.Response(403, json={"message": "token lacks write:user"}), "token lacks write:user"),
        (httpx.Response(404, json={"message": "x"}), "check registry.owner and webhooks.scope"),
        (httpx.Response(500, text="oops"), "answered 500 to GET"),
        (httpx.ConnectError("refused"), "cannot be reached from this machine"),
        (httpx.ReadTimeout("slow"), "did not answer within 20 s"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] x"), "set caBundle to a PEM file"),
    ],
)
def test_every_refusal_says_what_to_do_and_shows_no_secret(monkeypatch, answer, said):
    def handler(_request: httpx.Request) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    answer_with(monkeypatch, handler)
    with pytest.raises(GiteaError, match=said) as error:
        provider.create({**PROPS, "scope": "user"})
    assert URL not in str(error.value)
    assert PASSWORD not in str(error.value)


def test_an_unreadable_ca_bundle_is_named():
    with pytest.raises(ServiceError, match=r"caBundle: '/absent\.pem' is not a readable PEM file"):
        provider.create({**PROPS, "caBundle": "/absent.pem"})


def test_addresses_that_gitea_refuses_by_default_are_told_with_the_value_to_add():
    assert refused_by_default("http://127.0.0.1:1/x") == "loopback"
    assert refused_by_default("http://10.1.2.3/x") == "10.1.2.3"
    assert refused_by_default("http://93.184.216.34/x") is None
