"""The check of a login: what is tried, what is looked at then, and the changes after which it is tried again."""

import httpx
import pytest

import clients.cluster
import clients.sign_in
from clients.connection import ServiceError
from clients.repository import RepositoryError
from clients.sign_in import SignInError, UnreachableError, User
from components.dynamic.login_check import LoginCheckProvider
from tests.memory_gitea import answer_with
from tests.memory_github import Repository
from tests.program import WITH_PASSWORD, run
from tests.unit.configuration import git_login

PROPS = {
    "kubeconfig": "",
    "context": "kind",
    "namespace": "backstage",
    "secret": "credentials-image-1",
    "credType": "image",
    "repository": "gitea.example.com/team/backstage",
    "username": "kargo",
    "value": "",
    "caBundle": "",
    "cluster": "uid",
    "provider": "",
    "targets": [],
}
TARGET: dict[str, object] = {"branch": "main", "file": "images.json", "key": "dev.app", "pushed": True}
GIT = {
    **PROPS,
    "credType": "git",
    "repository": "https://github.com/acme/gitops",
    "value": "planted-user-token",
    "provider": "github",
    "targets": [TARGET],
}


@pytest.fixture
def tried(monkeypatch) -> list[tuple[str, User]]:
    """Users that were tried, with a Secret in the cluster that contains `of-the-cluster`."""
    seen: list[tuple[str, User]] = []
    monkeypatch.setattr(clients.cluster, "read_secret", lambda *where: {"password": "of-the-cluster"})
    for name in ("sign_in_at_registry", "sign_in_at_git"):
        monkeypatch.setattr(clients.sign_in, name, lambda repository, user, ca, of=name: seen.append((of, user)))
    return seen


def test_what_is_in_the_secret_is_tried(tried):
    LoginCheckProvider().create(PROPS)
    assert tried == [("sign_in_at_registry", User("kargo", "of-the-cluster"))]


def test_a_username_in_the_secret_is_tried_as_kargo_uses_it(tried, monkeypatch):
    data = {"username": "of-the-vault", "password": "of-the-cluster"}
    monkeypatch.setattr(clients.cluster, "read_secret", lambda *where: data)
    LoginCheckProvider().create(PROPS)
    assert tried == [("sign_in_at_registry", User("of-the-vault", "of-the-cluster"))]


def test_a_value_of_the_stack_is_tried_without_the_cluster(tried):
    LoginCheckProvider().create({**PROPS, "value": "of-the-stack", "secret": ""})
    assert tried == [("sign_in_at_registry", User("kargo", "of-the-stack"))]


def test_after_the_sign_in_at_git_the_branch_and_the_file_of_every_stage_are_looked_at(tried, github, capsys):
    gitops = github.add(Repository())
    LoginCheckProvider().create(GIT)
    assert tried == [("sign_in_at_git", User("kargo", "planted-user-token"))]
    gitops.files = {"main": {"images.json": "image: v1"}}
    with pytest.raises(RepositoryError, match=r"images\.json on branch 'main' of acme/gitops: it is not JSON"):
        LoginCheckProvider().create(GIT)
    gitops.default_branch, gitops.branches = "master", {"master": False}
    with pytest.raises(RepositoryError, match="branch 'main' of acme/gitops does not exist"):
        LoginCheckProvider().update("accepted", {}, GIT)
    assert capsys.readouterr().out == ""


def test_an_api_that_refuses_does_not_stop_kargo_which_needs_git_only(tried, github, capsys):
    github.add(Repository())
    github.refusals = [httpx.Response(403, json={"message": "API is off"})]
    assert LoginCheckProvider().create(GIT).id == "accepted"
    assert capsys.readouterr().out == (
        "warning: the branches and images files were not verified: the API of github.com answered 403 for acme/gitops: "
        "API is off\n"
    )


def test_a_branch_into_which_gitea_refuses_kargos_merge_is_a_warning(tried, monkeypatch, capsys):
    def answer(request: httpx.Request) -> httpx.Response:
        if "/contents/" in request.url.path:
            return httpx.Response(404, json={"message": "object does not exist"})
        protected = {"name": "main", "protected": True, "user_can_push": False, "required_approvals": 1}
        return httpx.Response(200, json=protected if "/branches/" in request.url.path else {"permissions": {}})

    answer_with(monkeypatch, answer)
    target = {**TARGET, "pushed": False}
    gitea = {**GIT, "repository": "https://gitea.example.com/team/gitops", "provider": "gitea"}
    assert LoginCheckProvider().create({**gitea, "targets": [target]}).id == "accepted"
    assert capsys.readouterr().out == ""
    assert LoginCheckProvider().create({**gitea, "targets": [{**target, "merge": "merge"}]}).id == "accepted"
    assert capsys.readouterr().out == (
        "warning: branch 'main' of team/gitops requires approvals, for which Kargo does not wait on Gitea; remove "
        "pullRequest.merge, or change the branch protection\n"
    )


def test_a_refused_sign_in_at_git_is_not_followed_by_a_look(tried, github, monkeypatch):
    def refuse(*_: object) -> None:
        raise SignInError("refused")

    monkeypatch.setattr(clients.sign_in, "sign_in_at_git", refuse)
    with pytest.raises(SignInError):
        LoginCheckProvider().create(GIT)
    assert github.requests == []


def test_public_images_need_no_login_but_a_registry(tried, monkeypatch):
    public = {**PROPS, "username": "", "secret": ""}
    answer_with(monkeypatch, lambda _: httpx.Response(200, json={}))
    assert LoginCheckProvider().create(public).id == "accepted"
    answer_with(monkeypatch, lambda _: httpx.Response(404, html="<html>"))
    with pytest.raises(ServiceError, match=r"expected a container registry at gitea\.example\.com"):
        LoginCheckProvider().create(public)
    assert tried == []


@pytest.mark.parametrize("text", ["refused", "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"])
def test_a_registry_of_public_images_that_this_machine_does_not_reach_is_a_warning(monkeypatch, capsys, text):
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(text)

    answer_with(monkeypatch, fail)
    assert LoginCheckProvider().create({**PROPS, "username": "", "secret": ""}).id == "accepted"
    assert capsys.readouterr().out.startswith("warning: the registry was not verified: the registry gitea.example.com ")


@pytest.mark.parametrize(("registry", "checks"), [({"login": None}, 2), ({}, 2)])
def test_the_registry_is_asked_with_or_without_a_login(registry, checks):
    found = run("dev", {"registry": registry, **git_login()}, WITH_PASSWORD).recorder.of_type("LoginCheck")
    assert len(found) == checks
    assert sum(check.inputs["credType"] == "image" for check in found) == 1


def test_the_git_login_knows_the_places_of_all_stages():
    (check,) = [c for c in run("dev").recorder.of_type("LoginCheck") if c.inputs["credType"] == "git"]
    assert check.inputs["provider"] == "gitea"
    assert check.inputs["targets"] == [
        {"branch": "main", "file": ".env-files/images.json", "key": "dev.backstage", "pushed": True}
    ]


def test_if_a_server_cannot_be_reached_the_check_prints_a_warning_and_passes(tried, monkeypatch, capsys):
    def unreachable(*_: object) -> None:
        raise UnreachableError("the registry cannot be reached from this machine (ConnectError)")

    monkeypatch.setattr(clients.sign_in, "sign_in_at_registry", unreachable)
    assert LoginCheckProvider().create(PROPS).id == "accepted"
    assert capsys.readouterr().out == (
        "warning: the login was not verified: the registry cannot be reached from this machine (ConnectError)\n"
    )


def test_a_refusal_is_an_error(tried, monkeypatch):
    def refuse(*_: object) -> None:
        raise SignInError("refused")

    monkeypatch.setattr(clients.sign_in, "sign_in_at_registry", refuse)
    with pytest.raises(SignInError):
        LoginCheckProvider().create(PROPS)


@pytest.mark.parametrize(
    ("key", "again"),
    [
        ("secret", True),
        ("repository", True),
        ("username", True),
        ("value", True),
        ("namespace", True),
        ("cluster", True),
        ("provider", True),
        ("targets", True),
        ("kubeconfig", False),
        ("context", False),
        ("caBundle", False),
    ],
)
def test_a_login_is_tried_again_when_it_or_its_place_changes(key, again):
    assert LoginCheckProvider().diff("accepted", PROPS, {**PROPS, key: "another"}).changes is again
