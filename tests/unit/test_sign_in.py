"""Sign-in at a registry and at a Git server: the meaning of their answers, and no login for another server."""

import base64

import httpx
import pytest

from clients.connection import ServiceError
from clients.sign_in import SignInError, UnreachableError, User, sign_in_at_git, sign_in_at_registry
from tests.memory_gitea import answer_with

PLANTED = "planted-password"
LOGIN = User("kargo", PLANTED)
BASIC = "Basic " + base64.b64encode(f"kargo:{PLANTED}".encode()).decode()
IMAGE = "gitea.example.com:8443/team/backstage"
REALM = "https://gitea.example.com:8443/v2/token"
REPOSITORY = "https://gitea.example.com/team/gitops.git"
ADVERTISED = {"Content-Type": "application/x-git-receive-pack-advertisement"}


class MemoryRegistry:
    """Answers like the registry of Gitea 1.26; `refused` maps a step to the status of its refusal."""

    def __init__(self, realm: str = REALM, **refused: int) -> None:
        self.realm = realm
        self.refused = refused
        self.seen: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append((request.url.host, request.headers.get("Authorization", "")))
        if request.url.path == "/v2/":
            challenge = f'Bearer realm="{self.realm}",service="container_registry",scope="*"'
            return httpx.Response(401, headers={"WWW-Authenticate": challenge})
        if request.url.path == "/v2/token":
            assert request.url.params["scope"] == "repository:team/backstage:pull"
            right = request.headers["Authorization"] == BASIC
            return httpx.Response(self.refused.get("token", 200 if right else 401), json={"token": "granted"})
        assert request.headers["Authorization"] == "Bearer granted"
        status = self.refused.get("tags", 200)
        answer = {"name": "team/backstage", "tags": []} if status == 200 else {"errors": [{"code": "SOME_CODE"}]}
        return httpx.Response(status, json=answer)


def test_a_login_that_may_pull_is_fine(monkeypatch):
    answer_with(monkeypatch, MemoryRegistry())
    sign_in_at_registry(IMAGE, LOGIN, None)


def test_the_token_service_may_spell_its_own_host_in_another_way(monkeypatch):
    answer_with(monkeypatch, MemoryRegistry("https://GITEA.example.com/v2/token"))
    sign_in_at_registry("gitea.example.com:443/team/backstage", LOGIN, None)


def test_an_image_that_is_not_there_yet_is_fine(monkeypatch):
    answer_with(monkeypatch, MemoryRegistry(tags=404))
    sign_in_at_registry(IMAGE, LOGIN, None)


def test_a_registry_without_tokens_gets_the_login_itself(monkeypatch):
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Authorization"))
        return httpx.Response(200, json={"tags": None} if request.url.path.endswith("list") else {})

    answer_with(monkeypatch, answer)
    sign_in_at_registry(IMAGE, LOGIN, None)
    assert seen == [None, BASIC]


@pytest.mark.parametrize(
    ("refused", "line"),
    [
        (
            {"token": 401},
            "the registry gitea.example.com:8443 refused the sign-in of 'kargo' (401); correct the password or token",
        ),
        (
            {"tags": 403},
            "the registry gitea.example.com:8443 does not allow 'kargo' to pull team/backstage (403); give a token the "
            "scope read:package (Gitea) or read:packages (GitHub)",
        ),
        (
            {"tags": 500},
            "the registry gitea.example.com:8443 answered 500 to the request for the tags of team/backstage",
        ),
    ],
)
def test_a_refusal_of_a_registry_is_reported(monkeypatch, refused, line):
    answer_with(monkeypatch, MemoryRegistry(**refused))
    with pytest.raises(SignInError) as caught:
        sign_in_at_registry(IMAGE, LOGIN, None)
    assert str(caught.value) == line


@pytest.mark.parametrize(
    "realm",
    [
        "https://evil.example.com/v2/token",
        "http://gitea.example.com:8443/v2/token",
        "https://gitea.example.com/t",
        "https://[",
        "",
    ],
)
def test_a_login_is_never_sent_to_another_token_service(monkeypatch, realm):
    registry = MemoryRegistry(realm)
    answer_with(monkeypatch, registry)
    with pytest.raises(SignInError, match="correct Gitea's ROOT_URL"):
        sign_in_at_registry(IMAGE, LOGIN, None)
    assert registry.seen == [("gitea.example.com", "")]


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (401, "refused the sign-in of 'kargo' (401); correct the password or token"),
        (
            403,
            "does not allow 'kargo' to push (403); give a token the scope write:repository (Gitea) or the permission "
            "contents: write (GitHub)",
        ),
        (
            404,
            "has no such repository, or 'kargo' may not see it (404); correct gitOps.repoURL, or give the user access",
        ),
        (500, "answered 500 to 'kargo'"),
    ],
)
def test_a_refusal_of_a_git_server_is_reported(monkeypatch, status, line):
    answer_with(monkeypatch, lambda _: httpx.Response(status))
    with pytest.raises(SignInError) as caught:
        sign_in_at_git(REPOSITORY, LOGIN, None)
    assert str(caught.value) == f"the Git server gitea.example.com {line}"


def test_git_is_asked_what_a_push_asks_and_redirects_are_not_followed(monkeypatch):
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((str(request.url), request.headers["Authorization"]))
        return (
            httpx.Response(301, headers={"Location": "https://evil.example.com/"})
            if len(seen) > 1
            else httpx.Response(200, headers=ADVERTISED)
        )

    answer_with(monkeypatch, answer)
    sign_in_at_git(REPOSITORY, LOGIN, None)
    with pytest.raises(SignInError, match=r"redirects to another URL.*write the repository's current URL"):
        sign_in_at_git(REPOSITORY, LOGIN, None)
    assert seen == 2 * [(f"{REPOSITORY}/info/refs?service=git-receive-pack", BASIC)]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("[Errno -2] Name or service not known"), UnreachableError),
        (httpx.ConnectTimeout("timed out"), UnreachableError),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"), ServiceError),
    ],
)
def test_a_server_that_cannot_be_asked_says_nothing_about_the_login(monkeypatch, error, kind):
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    answer_with(monkeypatch, fail)
    for sign_in, where in ((sign_in_at_registry, IMAGE), (sign_in_at_git, REPOSITORY)):
        with pytest.raises(ServiceError) as caught:
            sign_in(where, LOGIN, None)
        assert type(caught.value) is kind
        assert PLANTED not in str(caught.value)


PORTAL = "<html>Welcome to the guest network</html>"


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("step", ["/v2/", "/v2/token", "/v2/team/backstage/tags/list"])
def test_a_page_in_the_place_of_a_registrys_answer_is_no_login(monkeypatch, status, step):
    registry = MemoryRegistry()

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, html=PORTAL) if request.url.path == step else registry(request)

    answer_with(monkeypatch, answer)
    with pytest.raises(
        ServiceError, match=rf"expected a container registry at .* answered \({status}, text/html\)"
    ) as caught:
        sign_in_at_registry(IMAGE, LOGIN, None)
    assert not isinstance(caught.value, SignInError | UnreachableError)


def test_a_page_in_the_place_of_a_git_servers_answer_is_no_login(monkeypatch):
    answer_with(monkeypatch, lambda _: httpx.Response(200, html=PORTAL))
    with pytest.raises(ServiceError, match=r"expected a Git server at gitea\.example\.com, .*\(200, text/html\)"):
        sign_in_at_git(REPOSITORY, LOGIN, None)


@pytest.mark.parametrize("answer", [{"token": None}, {"token": 3}, {}, [], "token"])
def test_a_token_service_that_gives_none_is_no_registry(monkeypatch, answer):
    registry = MemoryRegistry()

    def given(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answer) if request.url.path == "/v2/token" else registry(request)

    answer_with(monkeypatch, given)
    with pytest.raises(ServiceError, match="expected a container registry"):
        sign_in_at_registry(IMAGE, LOGIN, None)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("step", ["/v2/", "/v2/token", "/v2/team/backstage/tags/list"])
def test_a_server_that_is_overloaded_says_nothing_about_the_login(monkeypatch, status, step):
    registry = MemoryRegistry()

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, html=PORTAL) if request.url.path == step else registry(request)

    answer_with(monkeypatch, answer)
    with pytest.raises(ServiceError, match=rf"answered {status} .*; try again later"):
        sign_in_at_registry(IMAGE, LOGIN, None)


def test_a_login_does_not_show_its_password():
    assert PLANTED not in repr(LOGIN)
