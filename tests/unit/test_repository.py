"""A repository in the APIs of GitHub and Gitea: the requests, and the meaning of the answers."""

import base64
import json

import httpx
import pytest

from clients.connection import ServiceError
from clients.repository import Repository, RepositoryError
from clients.sign_in import User
from tests import memory_github
from tests.memory_gitea import answer_with

PLANTED = "planted-user-token"
USER = User("robot", PLANTED)
GITEA = "https://gitea.example.com:8443/team/gitops.git"


@pytest.fixture
def gitops(github):
    files = {"main": {"env/images.json": '{"dev": {}}'}, "env/prod": {"a b.json": "{}"}}
    return github.add(memory_github.Repository(branches={"main": False, "env/prod": True}, files=files))


@pytest.mark.parametrize(
    "url", ["https://github.com/acme/gitops", "https://github.com/acme/gitops.git", "https://github.com/Acme/GitOps/"]
)
def test_a_repository_of_github_is_found(gitops, url):
    with Repository(url, USER, None, "github") as found:
        assert (found.about() or {})["permissions"]["push"] is True
        assert (found.branch("main") or {})["name"] == "main"
        assert (found.branch("env/prod") or {})["protected"] is True
        assert found.branch("master") is None
        assert found.file("env/images.json", "main") == '{"dev": {}}'
        assert found.file("a b.json", "env/prod") == "{}"
        assert found.file("images.json", "main") is None
        assert found.file("env/images.json", "master") is None


def test_a_repository_that_is_not_there_or_hidden_is_none(github, gitops):
    gitops.access = {"somebody": "push"}
    for url in ("https://github.com/acme/gitops", "https://github.com/acme/other"):
        with Repository(url, USER, None, "github") as found:
            assert found.about() is None


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("https://github.com/acme/gitops", "https://api.github.com"),
        ("https://acme.ghe.com/acme/gitops", "https://api.acme.ghe.com"),
        ("https://github.example.com/acme/gitops", "https://github.example.com/api/v3"),
        ("https://github.example.com:8443/acme/gitops", "https://github.example.com:8443/api/v3"),
    ],
)
def test_every_github_has_its_own_api(github, gitops, url, api):
    github.api = api
    with Repository(url, USER, None, "github") as found:
        assert (found.about() or {})["full_name"] == "acme/gitops"


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (GITEA, "https://gitea.example.com:8443/api/v1/repos/team/gitops"),
        ("https://h:8443/gitea/team/gitops", "https://h:8443/gitea/api/v1/repos/team/gitops"),
        ("https://h/a/b/team/gitops.git", "https://h/a/b/api/v1/repos/team/gitops"),
        ("http://127.0.0.1:3000/team/gitops", "http://127.0.0.1:3000/api/v1/repos/team/gitops"),
    ],
)
def test_a_gitea_is_asked_below_its_own_path(monkeypatch, url, asked):
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"id": 1})

    answer_with(monkeypatch, answer)
    with Repository(url, USER, None) as found:
        assert found.about() == {"id": 1}
    assert seen == [asked]


def test_a_branch_that_was_renamed_is_no_branch(github, gitops):
    github.refusals = [httpx.Response(301, json={"message": "Moved Permanently"}, headers={"Location": "https://x/"})]
    with (
        Repository("https://github.com/acme/gitops", USER, None, "github") as found,
        pytest.raises(RepositoryError, match="redirects acme/gitops/branches/master, as after a rename"),
    ):
        found.branch("master")


def contents(**fields: object) -> httpx.Response:
    known = {"type": "file", "encoding": "base64", "content": base64.b64encode(b"{}").decode()}
    return httpx.Response(200, json={**known, **fields})


def test_bytes_that_are_no_text_are_replaced(monkeypatch):
    answer_with(monkeypatch, lambda _: contents(content=base64.b64encode(b'{"dev": "\xff"}').decode()))
    with Repository(GITEA, USER, None, "gitea") as found:
        assert found.file("images.json", "main") == '{"dev": "\ufffd"}'


@pytest.mark.parametrize(
    ("answer", "kind", "line"),
    [
        (httpx.Response(200, json=[{"name": "a.json"}]), RepositoryError, "env on branch 'main' is a folder"),
        (contents(encoding="none", content=""), ServiceError, "does not return the content of env on branch 'main'"),
        (contents(type="symlink", encoding=None, content=None), ServiceError, "does not return the content"),
        (httpx.Response(403, json={"message": f"no scope for {PLANTED}"}), ServiceError, r"403 .*: no scope for \[sec"),
        (httpx.Response(404, html="<html>"), ServiceError, "another server answered"),
        (httpx.Response(200, html="<html>"), ServiceError, "another server answered"),
    ],
)
def test_an_answer_without_the_file_has_its_reason(monkeypatch, answer, kind, line):
    answer_with(monkeypatch, lambda _: answer)
    with Repository(GITEA, USER, None) as found, pytest.raises(ServiceError, match=line) as caught:
        found.file("env", "main")
    assert type(caught.value) is kind
    assert PLANTED not in str(caught.value)


def test_an_empty_file_is_text(monkeypatch):
    answer_with(monkeypatch, lambda _: contents(content=""))
    with Repository(GITEA, USER, None) as found:
        assert found.file("images.json", "main") == ""


def test_an_object_is_expected(monkeypatch):
    answer_with(monkeypatch, lambda _: httpx.Response(200, content=json.dumps([])))
    with Repository(GITEA, USER, None) as found, pytest.raises(ServiceError, match="another server answered"):
        found.about()
