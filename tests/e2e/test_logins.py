"""Logins from other sources than a vault: a private image is discovered, and a private repository committed to."""

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
    for target in deployed(place, tmp_path, STAGES, {"from": "stack"}):
        check(target)


def test_idpbuilders_password(place, layout, tmp_path):
    if is_named():
        pytest.skip("IDPBuilder's login on the named platform is another user's")
    owner = replace(place, username=gitea.OWNER, password=layout.secret("gitea-password"))
    for target in deployed(owner, tmp_path, STAGES, {"from": "idpbuilder"}):
        check(target)
