"""The life of a webhook: the effect of each change on a Gitea in memory, and that one webhook is left."""

import json
import socket
from typing import Any

import httpx
import pytest

from clients.connection import ServiceError
from clients.gitea import GiteaError
from components.dynamic.gitea_webhook import GiteaWebhookProvider
from tests.memory_gitea import MemoryGitea, answer_with
from tests.one_resource import OneResource
from tests.program import merged, stack_values

URL = "https://kargo.example.com/generic/planted-path"
PASSWORD = "planted-password"
PROPS: dict[str, Any] = {
    "giteaUrl": "https://gitea.example.com",
    "username": "admin",
    "password": PASSWORD,
    "scope": "owner",
    "owner": "Admin",
    "name": "Kargo backstage/gitea-packages at https://kargo.example.com",
    "url": URL,
    "events": ["package"],
    "secret": "",
    "caBundle": "",
    "active": True,
    "settled": True,
}
SIGNED = {**PROPS, "events": ["pull_request_only"], "secret": "planted-secret"}
ELSEWHERE = {**PROPS, "url": "https://kargo.example.com/generic/other"}


def config_of(props: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of a stack that has the login of `props`."""
    registry = {"host": props["giteaUrl"].removeprefix("https://"), "login": {"username": props["username"]}}
    changes = {"registry": registry, "gitOps": {"repoURL": f"{props['giteaUrl']}/team/gitops.git"}}
    values = merged(stack_values("dev"), changes)
    encoded = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return {**encoded, "giteaPassword": props["password"]}


@pytest.fixture
def hook(gitea):
    resource = OneResource(GiteaWebhookProvider)
    resource.config = config_of(PROPS)
    return resource


def the_only(gitea: MemoryGitea) -> dict[str, Any]:
    (left,) = gitea.hooks.values()
    return left


def test_a_created_hook_is_whole(hook, gitea):
    hook.up(PROPS)
    left = the_only(gitea)
    assert left["place"] == "user admin"
    assert left["active"] is True
    assert left["events"] == ["package"]
    assert left["config"] == {"url": URL, "content_type": "json"}
    assert left["name"] == PROPS["name"]


def test_a_second_up_changes_nothing(hook, gitea):
    hook.up(PROPS)
    del gitea.requests[:]
    hook.up(PROPS)
    assert not gitea.requests


@pytest.mark.parametrize("change", [{"owner": "ADMIN"}, {"scope": "system"}], ids=str)
@pytest.mark.parametrize("props", [PROPS, SIGNED], ids=["unsigned", "signed"])
def test_another_scope_or_spelling_leaves_one_hook(hook, gitea, props, change):
    hook.up(props)
    hook.up({**props, **change})
    left = the_only(gitea)
    assert left["place"] == ("system" if change.get("scope") == "system" else "user admin")
    assert left["secret"] == props["secret"]


def test_another_spelling_of_the_owner_is_no_change(hook, gitea):
    hook.up(PROPS)
    number = the_only(gitea)["id"]
    hook.up({**PROPS, "owner": "aDMIN"})
    assert the_only(gitea)["id"] == number


@pytest.mark.parametrize("props", [PROPS, SIGNED], ids=["unsigned", "signed"])
def test_a_forced_replacement_leaves_one_hook(hook, gitea, props):
    hook.up(props)
    hook.up(props, replace=True)
    hook.refresh()
    assert hook.state
    assert the_only(gitea)["config"]["url"] == props["url"]


@pytest.mark.parametrize("props", [PROPS, SIGNED], ids=["unsigned", "signed"])
def test_hooks_of_interrupted_runs_go(hook, gitea, props):
    for _ in range(3):
        hook.state = None
        hook.up(props)
    assert the_only(gitea)["config"]["url"] == props["url"]


def test_a_hook_of_the_same_name_that_delivers_elsewhere_stays_and_is_reported(hook, gitea):
    other = OneResource(GiteaWebhookProvider)
    other.up({**PROPS, "url": "https://other.example.com/generic/planted"})
    with pytest.raises(GiteaError) as caught:
        hook.up(PROPS)
    assert the_only(gitea)["config"]["url"] == "https://other.example.com/generic/planted"
    assert f"already has a webhook '{PROPS['name']}' (/user/hooks/1) that delivers to other.example.com" in str(
        caught.value
    )
    assert "planted" not in str(caught.value)


def test_a_rotation_that_was_cut_off_between_its_two_requests_ends_with_one_hook(hook, gitea):
    hook.up(SIGNED)
    rotated = {**SIGNED, "secret": "another-secret", "url": "https://kargo.example.com/gitea/other"}
    hook.destroy()
    hook.up(rotated)
    hook.state = None
    hook.up(rotated)
    assert the_only(gitea)["secret"] == "another-secret"


def test_a_rotation_after_one_that_was_cut_off_ends_with_one_hook(hook, gitea):
    hook.up(SIGNED)
    hook.destroy()
    for number in (1, 2):
        hook.state = None
        hook.up({**SIGNED, "secret": f"secret-{number}", "url": f"https://kargo.example.com/gitea/{number}"})
    assert the_only(gitea)["secret"] == "secret-2"


def test_hooks_of_others_stay(hook, gitea):
    other = OneResource(GiteaWebhookProvider)
    other.up({**PROPS, "name": "Kargo backstage/gitea-packages at https://other.example.com", "url": "https://o/x"})
    hook.up(PROPS)
    hook.destroy()
    assert the_only(gitea)["config"]["url"] == "https://o/x"


def test_an_older_gitea_without_names_is_identified_by_the_url(hook, gitea):
    gitea.keeps_names = False
    hook.up(PROPS)
    hook.state = None
    hook.up(PROPS)
    hook.refresh()
    hook.up(ELSEWHERE)
    assert the_only(gitea)["config"]["url"] == ELSEWHERE["url"]


def test_a_rotation_moves_the_unsigned_hook_and_recreates_the_signed_one(hook, gitea):
    hook.up(PROPS)
    number = the_only(gitea)["id"]
    hook.up(ELSEWHERE)
    assert (the_only(gitea)["id"], the_only(gitea)["config"]["url"]) == (number, ELSEWHERE["url"])
    hook.destroy()
    hook.up(SIGNED)
    hook.up({**SIGNED, "secret": "another-secret"})
    assert the_only(gitea)["secret"] == "another-secret"


@pytest.mark.parametrize("keeps_names", [True, False])
def test_a_rotation_and_a_new_password_at_once_leave_one_signed_hook(hook, gitea, keeps_names):
    gitea.keeps_names = keeps_names
    hook.up(SIGNED)
    gitea.passwords["admin"] = "new-password"
    hook.config["giteaPassword"] = "new-password"
    hook.up({**SIGNED, "password": "new-password", "secret": "another-secret", "url": "https://kargo.example.com/x"})
    assert the_only(gitea)["secret"] == "another-secret"


def test_reads_and_deletes_use_the_password_that_the_stacks_file_has_now(hook, gitea):
    hook.up(PROPS)
    gitea.passwords["admin"] = hook.config["giteaPassword"] = "new-password"
    hook.refresh()
    hook.destroy()
    assert not gitea.hooks


def test_the_current_password_is_never_sent_to_another_server_or_for_another_user(hook, gitea):
    hook.up(PROPS)
    sent: list[str] = []

    def listen(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["Authorization"])
        answer: httpx.Response = gitea(request)
        return answer

    elsewhere = {**PROPS, "giteaUrl": "https://gitea.example.net", "password": "other-password"}
    hook.config = config_of(elsewhere)
    with pytest.MonkeyPatch.context() as patch:
        answer_with(patch, listen)
        hook.refresh()
        hook.config = config_of({**PROPS, "username": "somebody", "password": "other-password"})
        hook.refresh()
    assert sent
    assert set(sent) == {httpx.BasicAuth("admin", PASSWORD)._auth_header}


def test_without_configuration_the_recorded_password_is_used(hook, gitea):
    hook.up(PROPS)
    hook.config = {}
    hook.refresh()
    hook.destroy()
    assert not gitea.hooks


def test_a_new_password_is_recorded(hook, gitea):
    hook.up(PROPS)
    gitea.passwords["admin"] = "new-password"
    hook.up({**PROPS, "password": "new-password"})
    hook.config = {}
    hook.destroy()
    assert not gitea.hooks


def test_a_former_login_that_fails_does_not_hold_up_its_successor(hook, gitea, capfd):
    hook.up(PROPS)
    del gitea.passwords["admin"]
    gitea.passwords["bob"] = "bobs-password"
    changed = {**PROPS, "username": "bob", "owner": "bob", "password": "bobs-password"}
    hook.config = config_of(changed)
    hook.up(changed)
    assert {h["place"] for h in gitea.hooks.values()} == {"user admin", "user bob"}
    printed = capfd.readouterr().out
    assert "/user/hooks/1" in printed
    assert "delete it by hand" in printed
    assert URL not in printed
    assert PASSWORD not in printed


def test_a_present_login_that_fails_is_an_error(hook, gitea):
    hook.up(PROPS)
    gitea.passwords["admin"] = "changed-outside"
    with pytest.raises(GiteaError, match=r"refused the sign-in of 'admin' \(401\).*--run-program"):
        hook.destroy()


@pytest.mark.parametrize("scope", ["owner", "system"])
@pytest.mark.parametrize("props", [PROPS, SIGNED], ids=["unsigned", "signed"])
def test_a_hook_that_is_gone_is_made_again_by_its_update(hook, gitea, props, scope):
    hook.up({**props, "scope": scope})
    gitea.hooks.clear()
    hook.up({**props, "scope": scope, "url": ELSEWHERE["url"]})
    assert the_only(gitea)["config"]["url"] == ELSEWHERE["url"]
    hook.refresh()
    assert hook.state


def test_another_login_makes_the_hook_its_own(hook, gitea):
    hook.up(PROPS)
    gitea.passwords["bob"] = "bobs-password"
    changed = {**PROPS, "username": "bob", "owner": "bob", "password": "bobs-password"}
    hook.config = config_of(changed)
    hook.up(changed)
    assert the_only(gitea)["place"] == "user bob"


def test_another_login_of_the_same_owner_moves_the_users_hook(hook, gitea):
    gitea.passwords["bob"] = "bobs-password"
    gitea.logins["bob"] = "robert"
    hook.up(PROPS)
    changed = {**PROPS, "username": "bob", "owner": "robert", "password": "bobs-password"}
    hook.config = config_of(changed)
    hook.up({**changed, "url": ELSEWHERE["url"]})
    assert the_only(gitea)["place"] == "user robert"


def test_an_organization_may_change_who_manages_its_hooks(hook, gitea):
    gitea.organizations.add("platform")
    gitea.passwords["bob"] = "bobs-password"
    hook.up({**PROPS, "owner": "platform"})
    del gitea.passwords["admin"]
    changed = {**PROPS, "owner": "platform", "username": "bob", "password": "bobs-password"}
    hook.config = config_of(changed)
    hook.up(changed)
    assert the_only(gitea)["place"] == "organization platform"


def test_read_finds_drift_and_deletion(hook, gitea):
    hook.up(PROPS)
    before = hook.state
    hook.refresh()
    assert hook.state == before
    the_only(gitea).update(events=["push"], active=False, authorization_header="x", name="mine")
    hook.refresh()
    assert hook.state
    drifted = hook.state[1]
    assert {key: drifted[key] for key in ("events", "active", "settled", "name")} == {
        "events": ["push"],
        "active": False,
        "settled": False,
        "name": "mine",
    }
    hook.up(PROPS)
    hook.refresh()
    assert hook.state == before
    gitea.hooks.clear()
    hook.refresh()
    assert hook.state is None


def test_deleting_a_hook_that_is_gone_is_fine(hook, gitea):
    hook.up(PROPS)
    gitea.hooks.clear()
    hook.destroy()
    assert gitea.requests[-1][:2] == ("DELETE", "/user/hooks/1")


def test_a_renamed_organization_is_explained_and_no_delete_is_sent_after_it(hook, gitea):
    gitea.organizations.add("old")
    hook.up({**PROPS, "owner": "old"})
    gitea.organizations = {"new"}
    gitea.renamed["old"] = "new"
    the_only(gitea)["place"] = "organization new"
    for attempt in (hook.refresh, hook.destroy, lambda: hook.up({**ELSEWHERE, "owner": "old"})):
        with pytest.raises(GiteaError, match=r"renamed.*registry\.owner"):
            attempt()
    assert ("DELETE", "/orgs/new/hooks/1", None) not in gitea.requests
    hook.up({**PROPS, "owner": "new"})
    assert the_only(gitea)["place"] == "organization new"


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
def test_every_refusal_says_what_to_do_and_shows_no_secret(hook, monkeypatch, answer, said):
    def handler(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx.Response)
        return answer

    answer_with(monkeypatch, handler)
    with pytest.raises(GiteaError, match=said) as error:
        hook.up({**PROPS, "scope": "system"})
    assert URL not in str(error.value)
    assert PASSWORD not in str(error.value)


def test_an_unreadable_ca_bundle_is_named(hook):
    with pytest.raises(ServiceError, match=r"caBundle: '/absent\.pem' is not a readable PEM file"):
        hook.up({**PROPS, "caBundle": "/absent.pem"})


@pytest.mark.parametrize(
    ("url", "address", "advised"),
    [
        ("http://127.0.0.1:3000/x", "127.0.0.1", "loopback"),
        ("http://[::1]:3000/x", "::1", "loopback"),
        ("http://localhost:3000/x", "127.0.0.1", "loopback"),
        ("https://10.1.2.3/x", "10.1.2.3", "10.1.2.3"),
        ("https://kargo.corp.example/x", "10.1.2.3", "kargo.corp.example"),
        # Inside the cluster of IDPBuilder the name is the ingress, which its list allows.
        ("https://kargo-webhooks.cnoe.localtest.me:8443/x", "127.0.0.1", None),
        ("https://kargo.example.com/x", "93.184.216.34", None),
    ],
)
def test_an_allowed_host_is_advised_only_where_gitea_needs_it(hook, gitea, capfd, monkeypatch, url, address, advised):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(0, 0, 0, "", (address, 0))])
    hook.up({**PROPS, "url": url})
    printed = capfd.readouterr().out
    assert (f"set ALLOWED_HOST_LIST = {advised} under [webhook]" in printed) == (advised is not None)
    assert bool(printed) == (advised is not None)
