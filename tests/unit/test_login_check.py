"""The check of a login: the password that is tried, and the changes after which it is tried again."""

import pytest

import clients.cluster
import clients.sign_in
from clients.sign_in import SignInError, UnreachableError, User
from components.dynamic.login_check import LoginCheckProvider

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


def test_a_value_of_the_stack_is_tried_without_the_cluster(tried):
    LoginCheckProvider().create({**PROPS, "credType": "git", "value": "of-the-stack", "secret": ""})
    assert tried == [("sign_in_at_git", User("kargo", "of-the-stack"))]


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
        ("kubeconfig", False),
        ("context", False),
        ("caBundle", False),
    ],
)
def test_a_login_is_tried_again_when_it_or_its_place_changes(key, again):
    assert LoginCheckProvider().diff("accepted", PROPS, {**PROPS, key: "another"}).changes is again
