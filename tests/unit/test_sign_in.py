"""Sign-in at a registry and at a Git server: the meaning of their answers, and no login for another server."""

import base64

import httpx
import pytest

from clients.connection import ServiceError
from clients.sign_in import (
    SignInError,
    UnreachableError,
    User,
    _fix,
    require_registry,
    sign_in_at_git,
    sign_in_at_registry,
)
from tests.memory_gitea import answer_with

PLANTED = "planted-password"
LOGIN = User("kargo", PLANTED)
BASIC = "Basic " + base64.b64encode(f"kargo:{PLANTED}".encode()).decode()
IMAGE = "gitea.example.com:8443/team/backstage"
REALM = "https://gitea.example.com:8443/v2/token"
REPOSITORY = "https://gitea.example.com/team/gitops.git"
PORTAL = "<html>Welcome to the guest network</html>"
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
            "does not allow 'kargo' to push (403); give the user write access, and its token the scope "
            "write:repository (Gitea) or the permission contents: write (GitHub)",
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


# Sentences of Gitea 1.26 (routers/web/repo/githttp.go) and of GitHub.
TWO_FACTORS = (
    "Users with two-factor authentication enabled cannot perform HTTP/HTTPS operations via plain username and "
    "password. Please create and use a personal access token on the user settings page"
)


@pytest.mark.parametrize(
    ("status", "sentence", "line"),
    [
        (401, "Unauthorized\n", "refused the sign-in of 'kargo' (401); correct the password or token"),
        (401, TWO_FACTORS, f"refused the sign-in of 'kargo' (401: {TWO_FACTORS}); use an access token as the password"),
        (
            401,
            "remote: Invalid username or token. Password authentication is not supported for Git operations.",
            "refused the sign-in of 'kargo' (401: remote: Invalid username or token. Password authentication is not "
            "supported for Git operations.); use an access token as the password",
        ),
        (
            403,
            "Push to create is not enabled for users.",
            "does not allow 'kargo' to push (403: Push to create is not enabled for users.); the repository does not "
            "exist; create it, or correct gitOps.repoURL",
        ),
        (
            403,
            "mirror repository is read-only",
            "does not allow 'kargo' to push (403: mirror repository is read-only); set gitOps.repoURL to a repository "
            "that accepts pushes",
        ),
        (
            403,
            "Forbidden\n",
            "does not allow 'kargo' to push (403); give the user write access, and its token the scope "
            "write:repository (Gitea) or the permission contents: write (GitHub)",
        ),
        (
            403,
            "Write access to repository not granted.",
            "does not allow 'kargo' to push (403: Write access to repository not granted.); give the user write "
            "access, and its token the scope write:repository (Gitea) or the permission contents: write (GitHub)",
        ),
        (
            404,
            "Repository not found",
            "has no such repository, or 'kargo' may not see it (404: Repository not found); correct gitOps.repoURL, or "
            "give the user access",
        ),
        (418, "I brew\n  tea", "answered 418: I brew tea to 'kargo'"),
    ],
)
def test_the_git_servers_own_sentence_is_passed_on(monkeypatch, status, sentence, line):
    answer_with(monkeypatch, lambda _: httpx.Response(status, text=sentence))
    with pytest.raises(SignInError) as caught:
        sign_in_at_git(REPOSITORY, LOGIN, None)
    assert str(caught.value) == f"the Git server gitea.example.com {line}"


@pytest.mark.parametrize("sentence", [f"no: {PLANTED} ", f"no: {BASIC} ", "no: kargo:" + PLANTED])
def test_a_sentence_is_cut_and_contains_no_password(monkeypatch, sentence):
    answer_with(monkeypatch, lambda _: httpx.Response(403, text=sentence + "x" * 5000))
    with pytest.raises(SignInError) as caught:
        sign_in_at_git(REPOSITORY, LOGIN, None)
    assert "[secret]" in str(caught.value)
    assert PLANTED not in str(caught.value)
    assert BASIC.split()[1] not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_page_is_no_sentence(monkeypatch):
    answer_with(monkeypatch, lambda _: httpx.Response(403, html=PORTAL))
    with pytest.raises(SignInError, match=r"to push \(403\);"):
        sign_in_at_git(REPOSITORY, LOGIN, None)


def test_a_registrys_own_sentence_is_passed_on(monkeypatch):
    refusal = {"errors": [{"code": "DENIED", "message": f"denied: {PLANTED} needs read:packages"}]}
    registry = MemoryRegistry()
    for step in ("/v2/token", "/v2/team/backstage/tags/list"):

        def answer(request: httpx.Request, step: str = step) -> httpx.Response:
            return httpx.Response(403, json=refusal) if request.url.path == step else registry(request)

        answer_with(monkeypatch, answer)
        with pytest.raises(SignInError, match=r"\(403: denied: \[secret\] needs read:packages\)"):
            sign_in_at_registry(IMAGE, LOGIN, None)


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


CHALLENGE = {"WWW-Authenticate": 'Bearer realm="https://h/v2/token"'}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401, headers=CHALLENGE),
        httpx.Response(401, json={"errors": []}, headers={"WWW-Authenticate": "Basic"}),
        httpx.Response(200, json={}),
        httpx.Response(200, text="true"),
        httpx.Response(200),
    ],
)
def test_a_registry_answers_its_first_request(monkeypatch, answer):
    answer_with(monkeypatch, lambda _: answer)
    require_registry("gitea.example.com:8443", None)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, json={"message": "Not Found"}),
        httpx.Response(404, json={"errors": [{"code": "NOT_FOUND"}]}),
        httpx.Response(404),
        httpx.Response(200, html=PORTAL),
        httpx.Response(200, text=PORTAL),
        httpx.Response(200, content=PORTAL.encode()),
        httpx.Response(200, text="OK"),
        httpx.Response(401, html=PORTAL, headers=CHALLENGE),
        httpx.Response(401, json={"message": "Unauthorized"}),
        httpx.Response(403, json={"message": "Forbidden"}),
        httpx.Response(302, headers={"Location": "https://login.example.com/"}),
        httpx.Response(500, json={}),
    ],
)
def test_another_server_is_no_registry_with_or_without_a_login(monkeypatch, answer):
    answer_with(
        monkeypatch, lambda request: answer if request.url.path == "/v2/" else httpx.Response(404, json={"errors": [1]})
    )
    for ask in (
        lambda: require_registry(IMAGE.partition("/")[0], None),
        lambda: sign_in_at_registry(IMAGE, LOGIN, None),
    ):
        with pytest.raises(
            ServiceError, match=r"expected a container registry at gitea\.example\.com:8443.*registry\.host"
        ):
            ask()


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


@pytest.mark.parametrize("value", ['{"password": "a"}', '\n{"username": "kargo", "password": "a"}\n'])
def test_a_refused_value_that_looks_like_json_is_told_without_the_value(monkeypatch, value):
    user = User("kargo", value)
    answer_with(monkeypatch, MemoryRegistry())
    with pytest.raises(
        SignInError, match=r"\(401\); the value looks like a JSON object: set property in the"
    ) as of_images:
        sign_in_at_registry(IMAGE, user, None)
    answer_with(monkeypatch, lambda request: httpx.Response(401))
    with pytest.raises(
        SignInError, match=r"\(401\); the value looks like a JSON object: set property in the"
    ) as of_git:
        sign_in_at_git(REPOSITORY, user, None)
    assert "{" not in f"{of_images.value}{of_git.value}"


@pytest.mark.parametrize("name", ["processor", "gitops-mirror", "archived-apps", "espresso"])
def test_the_name_of_a_repository_is_no_reason(name):
    assert _fix(f"403: Permission to acme/{name}.git denied to robot.") is None
