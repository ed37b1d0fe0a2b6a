"""The proof of a login: whose password is tried, and when it is tried again."""

import pytest

import clients.cluster
import clients.sign_in
from clients.sign_in import Login, SignInError, UnreachableError
from components.dynamic.login_proof import LoginProofProvider

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
def tried(monkeypatch) -> list[tuple[str, Login]]:
    """What was tried where, with a Secret in the cluster that holds `of-the-cluster`."""
    seen: list[tuple[str, Login]] = []
    monkeypatch.setattr(clients.cluster, "read_secret", lambda *where: {"password": "of-the-cluster"})
    for name in ("sign_in_at_registry", "sign_in_at_git"):
        monkeypatch.setattr(clients.sign_in, name, lambda repository, login, ca, of=name: seen.append((of, login)))
    return seen


def test_what_is_in_the_secret_is_tried(tried):
    LoginProofProvider().create(PROPS)
    assert tried == [("sign_in_at_registry", Login("kargo", "of-the-cluster"))]


def test_a_value_of_the_stack_is_tried_without_the_cluster(tried):
    LoginProofProvider().create({**PROPS, "credType": "git", "value": "of-the-stack", "secret": ""})
    assert tried == [("sign_in_at_git", Login("kargo", "of-the-stack"))]


def test_a_server_that_cannot_be_reached_is_said_and_passed_over(tried, monkeypatch, capsys):
    def unreachable(*_: object) -> None:
        raise UnreachableError("the registry cannot be reached from this machine (ConnectError)")

    monkeypatch.setattr(clients.sign_in, "sign_in_at_registry", unreachable)
    assert LoginProofProvider().create(PROPS).id == "accepted"
    assert "cannot be reached from this machine (ConnectError), so its login was not tried" in capsys.readouterr().out


def test_a_refusal_is_an_error(tried, monkeypatch):
    def refuse(*_: object) -> None:
        raise SignInError("refused")

    monkeypatch.setattr(clients.sign_in, "sign_in_at_registry", refuse)
    with pytest.raises(SignInError):
        LoginProofProvider().create(PROPS)


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
    assert LoginProofProvider().diff("accepted", PROPS, {**PROPS, key: "another"}).changes is again
