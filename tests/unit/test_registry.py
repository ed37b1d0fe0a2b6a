"""Images of a registry: the login for its manifests, and answers that say nothing about an image."""

import base64

import httpx
import pytest

from clients.connection import ServiceError
from clients.registry import Image, ImageRepository
from clients.sign_in import SignInError, UnreachableError, User
from tests.memory_gitea import answer_with

LOGIN = User("kargo", "planted-password")
BASIC = "Basic " + base64.b64encode(b"kargo:planted-password").decode()
IMAGE = "gitea.example.com:8443/team/backstage"
MANIFEST = {"Content-Type": "application/vnd.docker.distribution.manifest.v2+json; charset=utf-8"}
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="https://gitea.example.com:8443/v2/token",service="s"'}


@pytest.mark.parametrize(
    ("challenge", "login", "sent"),
    [(True, LOGIN, "Bearer granted"), (True, None, "Bearer granted"), (False, LOGIN, BASIC), (False, None, None)],
    ids=["token", "anonymous token", "password", "anonymous"],
)
def test_manifests_are_read_with_the_login_of_the_tags(monkeypatch, challenge, login, sent):
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v2/":
            return httpx.Response(401, headers=CHALLENGE) if challenge else httpx.Response(200, json={})
        if request.url.path == "/v2/token":
            assert request.headers.get("Authorization") == (BASIC if login else None)
            return httpx.Response(200, json={"token": "granted"})
        assert request.url.path == "/v2/team/backstage/manifests/v1"
        assert request.headers.get("Authorization") == sent
        return httpx.Response(200, headers=MANIFEST)

    answer_with(monkeypatch, answer)
    with ImageRepository(IMAGE, login, None) as repository:
        assert repository.image("v1") == Image()


def test_a_refused_login_is_reported(monkeypatch):
    answer_with(monkeypatch, lambda _: httpx.Response(401, headers=CHALLENGE, json={}))
    with pytest.raises(SignInError):
        ImageRepository(IMAGE, LOGIN, None)


@pytest.mark.parametrize("status", [401, 403, 429, 503, 301])
def test_an_answer_that_is_not_about_the_image_is_an_error(monkeypatch, status):
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v2/":
            return httpx.Response(200, json={})
        denied = {"errors": [{"message": "denied for planted-password"}]}
        return httpx.Response(status, json=denied, headers={"Location": "https://evil.example.com/"})

    answer_with(monkeypatch, answer)
    with ImageRepository(IMAGE, LOGIN, None) as repository, pytest.raises(ServiceError, match=str(status)) as caught:
        repository.image("v1")
    assert "planted" not in str(caught.value)


def test_a_registry_that_cannot_be_reached_is_reported(monkeypatch):
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v2/":
            return httpx.Response(200, json={})
        raise httpx.ReadTimeout("slow", request=request)

    answer_with(monkeypatch, answer)
    with ImageRepository(IMAGE, LOGIN, None) as repository, pytest.raises(UnreachableError):
        repository.image("v1")
