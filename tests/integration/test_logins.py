"""`up` tries each login at its own host. No login reaches another host."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from config.project import NAME
from sandbox.names import EXTERNAL_SECRETS
from sandbox.real.gitea import OWNER
from sandbox.real.kubernetes_api import apply, client
from sandbox.real.stores import VAULT
from tests.other_host import OtherHost, other_host

pytestmark = pytest.mark.integration

WRONG = "planted-wrong-password"
# Gitea 1.25 adds a sentence to its status.
REFUSED = re.compile(rf"refused the sign-in of '{OWNER}' \(401.*\); correct the password or token")


def login(username: str) -> dict[str, Any]:
    """Return a login whose password is the stack's own."""
    return {"username": username, "password": {"from": "stack"}}


def passwords(deployment) -> set[str]:
    """Return the passwords in the project's credentials."""
    found = deployment.objects("v1", "Secret").get(
        namespace=deployment.project, label_selector="kargo.akuity.io/cred-type in (image,git)"
    )
    return {base64.b64decode(item["data"]["password"]).decode() for item in found.to_dict()["items"]}


@pytest.fixture
def others_store(sandbox) -> Iterator[str]:
    """A store whose password is another's."""
    name, api = "others", client(sandbox.layout.kubeconfig)
    data = [{"key": "password", "value": WRONG}]
    store = {"apiVersion": EXTERNAL_SECRETS, "kind": "ClusterSecretStore", "metadata": {"name": name}}
    apply(api, {**store, "spec": {"provider": {"fake": {"data": data}}}})
    yield name
    api.resources.get(api_version=EXTERNAL_SECRETS, kind="ClusterSecretStore").delete(name=name)


def test_what_a_first_up_lacks_is_told_and_the_next_up_is_clean(apart, others_store):
    absent = {"from": "idpbuilder", "property": "token"}
    apart.stack.project.replace("registry.login", {"username": OWNER, "password": absent})
    printed = apart.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert "property token does not exist in data of secret" in printed
    password = {"from": "azureKeyVault", "secretStore": others_store, "key": "password"}
    apart.stack.project.replace("registry.login", {"username": OWNER, "password": password})
    printed = apart.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert REFUSED.search(printed)
    assert WRONG not in printed
    right = {**password, "secretStore": VAULT, "key": "GITHUB-PAT"}
    apart.stack.project.replace("registry.login", {"username": OWNER, "password": right})
    apart.up()
    apart.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_wrong_password_of_the_stack_is_an_error_and_a_right_one_is_tried_again(apart, sandbox):
    apart.stack.project.replace("registry.login", login(OWNER))
    apart.stack.run("config", "set", "--secret", f"{NAME}:registryPassword", quiet=True, stdin=WRONG)
    printed = apart.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert REFUSED.search(printed)
    assert WRONG not in passwords(apart)
    right = sandbox.layout.secret("gitea-password")
    apart.stack.run("config", "set", "--secret", f"{NAME}:registryPassword", quiet=True, stdin=right)
    apart.up()
    assert passwords(apart) == {right}
    assert right not in apart.pulumi("preview", "--diff")
    apart.pulumi("preview", "--expect-no-changes", "--refresh")


@pytest.fixture
def trust(apart, sandbox, tmp_path) -> Callable[[OtherHost], None]:
    """Make the stack trust Gitea and another host."""

    def trust(host: OtherHost) -> None:
        bundle = host.trusted_beside(sandbox.layout.ca, tmp_path / "bundle.pem")
        apart.stack.run("config", "set", f"{NAME}:caBundle", str(bundle))

    return trust


def test_the_registrys_login_never_reaches_another_git_server(apart, sandbox, trust):
    with other_host() as git:
        trust(git)
        apart.stack.project.replace("gitOps.repoURL", f"{git.url}/{OWNER}/gitops.git")
        printed = apart.pulumi("up", "--yes", "--skip-preview", fails=True)
        assert "gitOps.login: missing; add it: registry.login is for another host" in printed
        apart.stack.project.replace("gitOps.login", login("kargo"))
        apart.stack.run("config", "set", "--secret", f"{NAME}:gitOpsPassword", quiet=True, stdin="planted-git-password")
        apart.up()
        assert git.logins == {"kargo:planted-git-password"}
        assert passwords(apart) == {"planted-git-password", sandbox.layout.secret("gitea-password")}


def test_giteas_login_never_reaches_ghcr(apart, sandbox, trust):
    with other_host("ghcr.io") as ghcr:
        trust(ghcr)
        apart.stack.project.replace("registry", {"kind": "ghcr", "owner": "team", "login": login("puller")})
        apart.stack.project.replace("gitOps.login", login(OWNER))
        apart.stack.run("config", "set", "--secret", f"{NAME}:registryPassword", quiet=True, stdin="planted-for-ghcr")
        result = apart.elsewhere(ghcr.as_proxy, "up", "--yes", "--skip-preview")
        assert result.returncode == 0, result.stdout
        assert ghcr.logins == {"puller:planted-for-ghcr"}
        assert passwords(apart) == {"planted-for-ghcr", sandbox.layout.secret("gitea-password")}
