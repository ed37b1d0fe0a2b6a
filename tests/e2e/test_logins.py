"""Logins from other sources than a vault: a private image is discovered, and a private repository committed to."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from sandbox.real import gitea
from tests.e2e.conftest import deployed
from tests.e2e.place import is_named

pytestmark = pytest.mark.e2e

STAGES = {"backstage": [{"name": "dev", "autoPromotion": True}]}


def check(target) -> None:
    target.pipeline("backstage").push("v11")
    target.pipeline("backstage").wait_for_commit("v11")
    target.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_password_of_the_stack_itself(place, tmp_path):
    with deployed(place, tmp_path, STAGES, {"from": "stack"}) as target:
        check(target)


def test_idpbuilders_password(place, layout, tmp_path):
    if is_named():
        pytest.skip("IDPBuilder's login on the named platform is another user's")
    owner = replace(place, username=gitea.OWNER, password=layout.secret("gitea-password"))
    with deployed(owner, tmp_path, STAGES, {"from": "idpbuilder"}) as target:
        check(target)


def test_a_password_that_is_read_once_still_takes_another_key(passing):
    backstage = passing.pipeline("backstage")
    passing.write_store(password=passing.token("first"), second=passing.token("second"))
    passing.stack.configure("registry.login.password.refreshInterval", "0s")
    passing.pulumi("up", "--yes", "--skip-preview")
    passing.stack.configure("registry.login.password.key", "second")
    passing.pulumi("up", "--yes", "--skip-preview")
    passing.revoke("first")
    backstage.push("v11")
    backstage.wait_for_commit("v11")
    passing.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_new_token_is_used_at_once_and_pushes_meanwhile_arrive(place, tmp_path):
    with deployed(place, tmp_path, STAGES, {"from": "stack"}) as target:
        first, second = (target.token(f"{target.project}-{name}") for name in ("first", "second"))
        target.write_secret("registryPassword", first)
        target.pulumi("up", "--yes", "--skip-preview")
        backstage = target.pipeline("backstage")
        backstage.push("v11")
        backstage.wait_for_commit("v11")
        target.write_secret("registryPassword", second)
        with ThreadPoolExecutor() as pool:
            rotation = pool.submit(target.pulumi, "up", "--yes", "--skip-preview")
            number = 20
            while not rotation.done():
                backstage.push(f"v{number}")
                number += 1
            rotation.result()
        # The last of those pushes may still be on its way.
        time.sleep(2)
        target.revoke(f"{target.project}-first")
        for last in (number, number + 1):
            backstage.push(f"v{last}")
            backstage.wait_for_commit(f"v{last}")
        assert {f"v{n}" for n in range(number, number + 2)} <= set(backstage.freight())
        target.write_secret("registryPassword", "planted-wrong-password")
        refused = target.stack.call("up", "--yes", "--skip-preview")
        assert refused.returncode
        assert "refused the sign-in" in refused.stdout + refused.stderr
        target.write_secret("registryPassword", second)
        target.pulumi("up", "--yes", "--skip-preview")
        backstage.push(f"v{number + 2}")
        backstage.wait_for_commit(f"v{number + 2}")
