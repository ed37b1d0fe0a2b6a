"""A login from each source, with a rotation: Kargo discovers a private image and commits to a private repository."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sandbox.real import gitea
from tests.e2e.conftest import DEV, deployed
from tests.e2e.place import is_named
from tests.e2e.target import Target

pytestmark = pytest.mark.e2e

PIPELINES = {"backstage": {"stages": [DEV]}}
PASSWORD = "registry.login.password"
WRONG = "planted-wrong-password"
NOT_OURS = "IDPBuilder's login on the named platform is another user's"


@dataclass(frozen=True)
class Source:
    """The source of a login's token.

    Args:
        written: returns the source in the stack's file, for a project.
        write: writes a token to the source.
        rotates: whether a new token needs another `rotation` in the stack's file.
    """

    written: Callable[[str], dict[str, Any]]
    write: Callable[[Target, str], None]
    rotates: bool


SOURCES = {
    "stack": Source(
        lambda _: {"from": "stack"}, lambda target, token: target.write_secret("registryPassword", token), rotates=False
    ),
    "azureKeyVault": Source(
        lambda project: {"from": "azureKeyVault", "secretStore": project, "key": "token"},
        lambda target, token: target.write_store(token=token),
        rotates=True,
    ),
    "idpbuilder": Source(
        lambda _: {"from": "idpbuilder", "property": "token"},
        lambda target, token: target.write_idpbuilders_token(token),
        rotates=True,
    ),
}


def test_idpbuilders_password(place, layout, tmp_path):
    if is_named():
        pytest.skip(NOT_OURS)
    owner = replace(place, username=gitea.OWNER, password=layout.secret("gitea-password"))
    with deployed(owner, tmp_path, PIPELINES, {"from": "idpbuilder"}) as target:
        target.pipeline("backstage").push("v11")
        target.pipeline("backstage").wait_for_commit("v11")
        target.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_password_that_is_read_once_still_takes_another_key(passing):
    backstage = passing.pipeline("backstage")
    passing.write_store(password=passing.token("first"), second=passing.token("second"))
    passing.stack.project.replace(f"{PASSWORD}.refreshInterval", "0s")
    passing.up()
    passing.stack.project.replace(f"{PASSWORD}.key", "second")
    passing.up()
    passing.revoke("first")
    backstage.push("v11")
    backstage.wait_for_commit("v11")
    passing.pulumi("preview", "--expect-no-changes", "--refresh")


@pytest.fixture
def source(request, passing) -> Iterator[Source]:
    """A source by its name. IDPBuilder's login is restored."""
    if request.param != "idpbuilder":
        yield SOURCES[request.param]
        return
    if is_named():
        pytest.skip(NOT_OURS)
    yield SOURCES[request.param]
    passing.write_idpbuilders_token(None)


@pytest.mark.parametrize("source", SOURCES, indirect=True)
def test_a_new_token_is_used_at_once_and_pushes_meanwhile_arrive(passing, source):
    backstage = passing.pipeline("backstage")
    first, second = (passing.token(f"{passing.project}-{which}") for which in ("first", "second"))
    source.write(passing, first)
    login = {"username": passing.place.username, "password": source.written(passing.project)}
    passing.stack.project.replace("registry.login", login)
    passing.up()
    backstage.push("v11")
    backstage.wait_for_commit("v11")
    source.write(passing, second)
    if source.rotates:
        passing.stack.project.replace(f"{PASSWORD}.rotation", "2")
    number = 20
    with ThreadPoolExecutor() as pool:
        rotation = pool.submit(passing.up)
        while not rotation.done():
            number += 1
            backstage.push(f"v{number}")
            backstage.wait_for_freight(f"v{number}")
        rotation.result()
    backstage.wait_for_commit(f"v{number}")
    passing.revoke(f"{passing.project}-first")
    for last in (number + 1, number + 2):
        backstage.push(f"v{last}")
        backstage.wait_for_commit(f"v{last}")
    passing.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_wrong_password_of_the_stack_never_gets_into_its_secret(passing):
    backstage = passing.pipeline("backstage")
    token = passing.token(f"{passing.project}-own")
    passing.write_secret("registryPassword", token)
    login = {"username": passing.place.username, "password": {"from": "stack"}}
    passing.stack.project.replace("registry.login", login)
    passing.up()
    passing.write_secret("registryPassword", WRONG)
    assert "refused the sign-in" in passing.up(fails=True)
    backstage.push("v11")
    backstage.wait_for_commit("v11")
    passing.write_secret("registryPassword", token)
    passing.up()
    passing.pulumi("preview", "--expect-no-changes", "--refresh")


@pytest.fixture(scope="module")
def stored(place, tmp_path_factory) -> Iterator[Target]:
    """Deploy a stack over a store that holds a good password, a wrong one and a token that was revoked."""
    with deployed(place, tmp_path_factory.mktemp("stored"), PIPELINES) as target:
        revoked = f"{target.project}-revoked"
        tokens = {"password": target.token(f"{target.project}-good"), "revoked": target.token(revoked)}
        target.revoke(revoked)
        target.write_store(**tokens, wrong=WRONG)
        yield target


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("secretStore", "absent", "the store does not exist; correct secretStore, or create the store"),
        ("key", "absent", "correct key, or write the secret to the vault"),
        ("key", "wrong", "refused the sign-in"),
        ("key", "revoked", "refused the sign-in"),
    ],
)
def test_up_tells_what_is_the_matter_and_the_next_one_is_clean(stored, key, value, line):
    backstage, good = stored.pipeline("backstage"), {"secretStore": stored.project, "key": "password"}
    before = stored.credentials()
    stored.stack.project.replace(f"{PASSWORD}.{key}", value)
    printed = stored.up(fails=True)
    meanwhile = stored.credentials()
    stored.stack.project.replace(f"{PASSWORD}.{key}", good[key])
    stored.up()
    assert line in printed
    assert "timed out" not in printed
    assert WRONG not in printed
    # A value that does not arrive replaces none; one that arrives and is refused does.
    assert (meanwhile == before) == (value == "absent")
    # Their names end with a hash of the value's version, which may be another one.
    assert len(stored.credentials()) == len(before)
    tag = f"v{time.time_ns()}"
    backstage.push(tag)
    backstage.wait_for_commit(tag)
    stored.pulumi("preview", "--expect-no-changes", "--refresh")
