"""Logins from each source on the sandbox: they arrive and are tried, and each goes to its own host alone."""

import base64
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sandbox.names import EXTERNAL_SECRETS
from sandbox.project import NAME
from sandbox.real.gitea import OWNER
from sandbox.real.kubernetes_api import apply, client
from sandbox.real.stores import VAULT

pytestmark = pytest.mark.integration

WRONG = "planted-wrong-password"


def passwords(deployment) -> set[str]:
    """Return the passwords in the project's credentials."""
    found = deployment.objects("v1", "Secret").get(
        namespace=deployment.project, label_selector="kargo.akuity.io/cred-type in (image,git)"
    )
    return {base64.b64decode(item["data"]["password"]).decode() for item in found.to_dict()["items"]}


@pytest.mark.parametrize(
    "password",
    [{"from": "idpbuilder"}, {"from": "stack"}, {"from": "azureKeyVault", "secretStore": VAULT, "key": "GITHUB-PAT"}],
    ids=lambda password: password["from"],
)
def test_a_login_arrives_from_each_source(apart, sandbox, password):
    apart.stack.project.replace("registry", "login", {"username": OWNER, "password": password})
    apart.up()
    assert passwords(apart) == {sandbox.layout.secret("gitea-password")}
    apart.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_property_that_idpbuilder_does_not_have_is_told(apart):
    login = {"username": OWNER, "password": {"from": "idpbuilder", "property": "token"}}
    apart.stack.project.replace("registry", "login", login)
    printed = apart.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert "property token does not exist in data of secret" in printed


@pytest.fixture
def others_store(sandbox) -> Iterator[str]:
    """A store whose password is another's."""
    name, api = "others", client(sandbox.layout.kubeconfig)
    data = [{"key": "password", "value": WRONG}]
    store = {"apiVersion": EXTERNAL_SECRETS, "kind": "ClusterSecretStore", "metadata": {"name": name}}
    apply(api, {**store, "spec": {"provider": {"fake": {"data": data}}}})
    yield name
    api.resources.get(api_version=EXTERNAL_SECRETS, kind="ClusterSecretStore").delete(name=name)


def test_a_wrong_password_is_an_error_of_up_and_the_next_up_is_clean(apart, others_store):
    password = {"from": "azureKeyVault", "secretStore": others_store, "key": "password"}
    apart.stack.project.replace("registry", "login", {"username": OWNER, "password": password})
    printed = apart.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert f"refused the sign-in of '{OWNER}' (401); correct the password or token" in printed
    assert WRONG not in printed
    right = {**password, "secretStore": VAULT, "key": "GITHUB-PAT"}
    apart.stack.project.replace("registry", "login", {"username": OWNER, "password": right})
    apart.up()
    apart.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_wrong_password_of_the_stack_is_an_error_and_a_right_one_is_tried_again(apart, sandbox):
    apart.stack.project.replace("registry", "login", {"username": OWNER, "password": {"from": "stack"}})
    apart.stack.run("config", "set", "--secret", f"{NAME}:registryPassword", quiet=True, stdin=WRONG)
    printed = apart.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert f"refused the sign-in of '{OWNER}' (401); correct the password or token" in printed
    assert WRONG not in passwords(apart)
    right = sandbox.layout.secret("gitea-password")
    apart.stack.run("config", "set", "--secret", f"{NAME}:registryPassword", quiet=True, stdin=right)
    apart.up()
    assert passwords(apart) == {right}
    assert right not in apart.pulumi("preview", "--diff")
    apart.pulumi("preview", "--expect-no-changes", "--refresh")


@dataclass
class OtherHost:
    """A Git server that takes every login, and remembers which came."""

    url: str
    logins: set[str] = field(default_factory=set)


@pytest.fixture
def other_host(sandbox) -> Iterator[OtherHost]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, _, encoded = self.headers.get("Authorization", "").partition(" ")
            host.logins.add(base64.b64decode(encoded).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tls = sandbox.layout.folder("tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls / "server.crt", tls / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    host = OtherHost(f"https://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield host
    server.shutdown()


def test_the_registrys_login_never_reaches_another_git_server(apart, sandbox, other_host):
    apart.stack.configure("gitOps.repoUrl", f"{other_host.url}/{OWNER}/gitops.git")
    printed = apart.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert "gitOps.login: missing, and the repository is not on the registry's host" in printed
    apart.stack.project.replace("gitOps", "login", {"username": "kargo", "password": {"from": "stack"}})
    apart.stack.run("config", "set", "--secret", f"{NAME}:gitOpsPassword", quiet=True, stdin="planted-git-password")
    apart.up()
    assert other_host.logins == {"kargo:planted-git-password"}
    assert passwords(apart) == {"planted-git-password", sandbox.layout.secret("gitea-password")}
