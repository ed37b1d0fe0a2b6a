"""The stack that the end-to-end tests share, on their platform."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox import platform, processes
from sandbox.layout import Layout
from sandbox.platform import Platform
from sandbox.progress import Steps
from sandbox.real import kargo
from sandbox.real.kubernetes_api import client
from sandbox.real.objects import Objects
from sandbox.real.programs import provide
from sandbox.stack import Stack
from tests.conftest import ports
from tests.e2e.place import Place, is_named, named, sandboxed
from tests.e2e.target import Target
from tests.e2e.versions import versions
from tests.hooks import forget_hooks
from tests.prepared import prepare

_VERSIONS = pytest.StashKey[list[str]]()
DEV = {"name": "dev", "autoPromotion": True}
# One for each kind of test, so that no test's pushes touch another's Freight.
_STAGES: dict[str, list[dict[str, Any]]] = {
    "backstage": [DEV],
    "numbers": [DEV],
    "unruly": [DEV],
    "again": [DEV],
    "held": [DEV],
    "faulty": [DEV],
    "locked": [DEV],
    "pair": [DEV, {"name": "production", "autoPromotion": True}],
    "gated": [DEV, {"name": "production", "upstream": ["dev"]}],
    "fresh": [{"name": "staging", "autoPromotion": True}],
    "review": [{**DEV, "promoteBy": "pullRequest"}],
}
# As a team's file is: every key is there, each on a line of its own; but for what is to be made.
_IMAGES = {
    environment: {
        name: "none" for name, stages in _STAGES.items() if environment in [stage["name"] for stage in stages]
    }
    for environment in ("dev", "production")
}


@pytest.fixture(scope="session")
def layout(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout | None]:
    """Return a running sandbox, with the real Kargo of PATH if it is there; None where E2E_… name a platform."""
    if is_named():
        yield None
        return
    real = Layout(tmp_path_factory.mktemp("real"), ports())
    if not kargo.found(real):
        yield request.getfixturevalue("sandbox").layout
        return
    try:
        platform.start(real)
        yield real
    finally:
        processes.stop_all(real)


@pytest.fixture(scope="session")
def place(layout: Layout | None) -> Place:
    """Return the platform: the one that E2E_… name, else the sandbox."""
    return sandboxed(layout) if layout else named()


@pytest.fixture(scope="session")
def target(place: Place, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Target]:
    """Deploy the stack with all pipelines, and take it away at the end."""
    pipelines = {name: {"stages": wanted} for name, wanted in _STAGES.items()}
    with deployed(place, tmp_path_factory.mktemp("e2e"), pipelines) as made:
        pytestconfig.stash[_VERSIONS] = list(versions(place, made.stack))
        yield made


@pytest.fixture
def passing(place: Place, tmp_path: Path) -> Iterator[Target]:
    """Deploy a stack with one pipeline for one test, which may take it away."""
    with deployed(place, tmp_path, {"backstage": {"stages": [DEV]}}) as made:
        yield made


@contextmanager
def deployed(
    place: Place,
    folder: Path,
    pipelines: dict[str, dict[str, Any]],
    password: dict[str, str] | None = None,
    settings: dict[str, Any] | None = None,
    encrypted: dict[str, str] | None = None,
) -> Iterator[Target]:
    """Deploy a stack of pipelines with a project and a repository of their own.

    On a named platform everything is deleted at the end. In the sandbox, which is thrown away, only the hooks are.

    Args:
        place: the platform.
        folder: where the stack's state lies.
        pipelines: fields of each pipeline by its name, in addition to name, image and interval; at least its Stages.
        password: source of the login's password; by default a store of the project's own.
        settings: keys of the stack's file that replace the committed ones.
        encrypted: more secrets of the stack's file.
    """
    project = f"e2e-{secrets.token_hex(3)}"
    layout = Layout(folder)
    source, hourly = {"secretStore": project, "key": "password"}, {"interval": "1h"}
    given = {
        "kubernetes": {"context": place.context},
        "kargo": {"project": project, "webhooksBaseUrl": place.webhooks_url},
        "registry": {
            "host": place.gitea_host,
            "owner": place.username,
            "login": {"username": place.username, "password": source},
        },
        "gitOps": {
            "repoURL": f"https://{place.gitea_host}/{place.username}/{project}.git",
            **place.git_settings,
        },
        # Polled hourly: what comes within seconds, a webhook brought.
        "pipelines": [
            {
                "name": name,
                "image": f"{project}-{name}",
                **fields,
                "warehouse": {**hourly, **fields.get("warehouse", {})},
            }
            for name, fields in pipelines.items()
        ],
    }
    stack = Stack(
        layout,
        provide(layout, Steps(1)),
        Platform(place.kubeconfig, given, place.password, place.ca, place.forks),
    )
    with place.gitea() as api:
        target = Target(place, stack, project, api, Objects(client(place.kubeconfig)))
        repository = {"name": project, "default_branch": "main", "auto_init": True, "private": True}
        api.post("/user/repos", json=repository).raise_for_status()
        target.write_images(_IMAGES)
        for branch in {
            stage["branch"] for fields in pipelines.values() for stage in fields["stages"] if "branch" in stage
        }:
            branches = f"/repos/{place.username}/{project}/branches"
            api.post(branches, json={"new_branch_name": branch, "old_branch_name": "main"}).raise_for_status()
        # Kargo's pull-request steps use the password as an API token, so the store contains one.
        target.write_store(password=target.token(project))
        prepare(stack)
        for key, value in (settings or {}).items():
            stack.project.replace(key, value)
        if password:
            stack.project.replace("registry.login", {"username": place.username, "password": password})
        for key, value in (encrypted or {}).items():
            target.write_secret(key, value)
        try:
            target.up()
            yield target
        finally:
            if is_named():
                destroyed = stack.call("destroy", "--yes", "--skip-preview")
                api.delete(f"/repos/{place.username}/{project}")
                target.objects.delete("external-secrets.io/v1", "ClusterSecretStore", None, project)
                assert destroyed.returncode == 0, destroyed.stdout
            else:
                forget_hooks(api, place.kubeconfig, project)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the versions that the tests ran on. A worker of several has no terminal."""
    if found := config.stash.get(_VERSIONS, None):
        terminalreporter.section("versions")
        for line in found:
            terminalreporter.line(line)


def pytest_report_header() -> str:
    """Say which platform is meant."""
    real = kargo.found(Layout.from_environment())
    what = "real Kargo of PATH" if real else "a stand-in for Kargo"
    return f"end-to-end tests: {'the platform that E2E_… name' if is_named() else f'the sandbox, with {what}'}"
