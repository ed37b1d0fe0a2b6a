"""The doctor's rows about a GitOps repository on GitHub, for a token of a user and for a GitHub App."""

import pytest

from kargo.credentials import credentials
from model.git_ops import GitOps
from model.login import AppLogin, GitHubApp
from model.pipeline import Pipeline
from model.source import StackSource
from model.stack import Stack
from model.stage import Stage
from ops.doctor import chain, git_ops, images_file
from ops.doctor.finding import Finding
from ops.doctor.subject import Subject
from tests.memory_github import MemoryGitHub, Repository
from tests.unit import values
from tests.unit.doctor import SECRETS, look, secret, subject

APP = AppLogin(
    github_app=GitHubApp(
        client_id="Iv23liAbCdEfGhIjKlMn", installation_id="12345678", private_key=StackSource(source="stack")
    )
)


def healthy(server: str = "https://github.com", of: Stack | None = None, **data: str) -> Subject:
    """Return a stack whose repository is on GitHub, with the Secret of its Git login."""
    pipeline = Pipeline(name="backstage", image="backstage", stages=(Stage(name="dev", auto_promotion=True),))
    repository = GitOps(provider="github", repo_url=f"{server}/acme/gitops.git", login=values.LOGIN)
    of = of or values.stack(values.GHCR, repository, pipeline)
    credential = next(found for found in credentials(of) if found.name == "git")
    content = {**credential.data(), credential.secret_key: "planted-user-token", **data}
    return subject({SECRETS: {"items": [secret("credentials-git-1", content)]}}, of)


def with_app() -> Subject:
    of = healthy().stack
    return healthy(of=of.model_copy(update={"git_ops": of.git_ops.model_copy(update={"login": APP})}))


@pytest.fixture
def repository(github: MemoryGitHub) -> Repository:
    return github.add(Repository(files={"main": {".env-files/images.json": "{}"}}))


def rows(of: Subject) -> list[Finding]:
    checks = [*git_ops.checks(of), *images_file.checks(of)]
    return [look(checks, name) for name, _ in checks]


@pytest.mark.parametrize(
    ("server", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://github.example.com", "https://github.example.com/api/v3"),
        ("https://git.example.com:8443", "https://git.example.com:8443/api/v3"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
    ],
)
def test_a_healthy_repository_is_healthy_on_every_github(github, repository, server, api):
    github.api = api
    assert [found.verdict for found in rows(healthy(server))] == ["ok", "ok", "ok"]
    assert {token for method, token, _ in github.requests} == {
        "/repos/acme/gitops",
        "/repos/acme/gitops/branches/main",
        "/repos/acme/gitops/contents/.env-files/images.json",
    }


@pytest.mark.parametrize(
    ("change", "row", "says"),
    [
        ({"access": {"robot": "pull"}}, 0, "Kargo's user may not push"),
        ({"access": {"other": "push"}}, 0, "missing, or Kargo's user may not see it"),
        ({"archived": True}, 0, "archived"),
        (
            {"branches": {"master": False}, "default_branch": "master"},
            1,
            "does not exist (the default branch is 'master')",
        ),
        ({"branches": {}}, 1, "does not exist"),
    ],
)
def test_what_is_wrong_is_told(repository, change, row, says):
    for name, value in change.items():
        setattr(repository, name, value)
    found = rows(healthy())[row]
    assert (found.verdict, says in found.found) == ("failed", True)


def test_a_github_app_that_is_healthy_has_no_row_that_could_not_run(github, repository):
    found = dict(chain.walk(with_app()))
    named = [name for name in found if name.startswith(("GitOps", ".env-files"))]
    assert len(named) == 5
    assert {name: found[name] for name in named if found[name].verdict != "ok"} == {}
    assert github.requests == []
