"""A credential in the stand-in for Azure Key Vault: workload identity, rotation, and faults of Azure told by `up`."""

import copy
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from config.project import NAME
from sandbox import azure
from sandbox.names import EXTERNAL_SECRETS
from sandbox.real.gitea import OWNER
from sandbox.standins.azure import secrets as secrets_of_azure
from sandbox.standins.azure.directory import Directory
from tests.integration.conftest import Deployment
from tests.integration.test_credentials import credential_names
from tests.integration.test_logins import passwords

pytestmark = pytest.mark.integration

HOST = f"{azure.VAULT}.vault.azure.net"


@pytest.fixture(scope="module")
def server(sandbox) -> Iterator[Directory]:
    """Start the stand-in, and return what Azure knows. The platform of other tests runs without it."""
    azure.start(sandbox.layout)
    yield azure.directory(sandbox.layout)
    azure.stop(sandbox.layout)


@pytest.fixture
def vault(apart: Deployment, sandbox, server: Directory) -> Directory:
    """Give a stack its credential in the vault, with an identity of its own, and return what Azure knows."""
    password = azure.password(azure.register(sandbox.layout, apart.project), key=apart.project)
    apart.stack.platform = replace(apart.stack.platform, azure=server.folder)
    apart.stack.project.replace("registry.login", {"username": OWNER, "password": password})
    return server


@contextmanager
def token(apart: Deployment) -> Iterator[str]:
    """Yield a token that does everything that the password does."""
    name = f"rotated-{secrets.token_hex(3)}"
    made = apart.gitea.post(f"/users/{OWNER}/tokens", json={"name": name, "scopes": ["all"]}).raise_for_status()
    yield made.json()["sha1"]
    apart.gitea.delete(f"/users/{OWNER}/tokens/{name}").raise_for_status()


def set_password(apart: Deployment, value: str) -> None:
    """Write the encrypted password of the stack's file."""
    apart.stack.run("config", "set", "--secret", f"{NAME}:giteaPassword", quiet=True, stdin=value)


def test_the_stack_writes_its_secret_to_the_vault_and_rotates_it(apart, sandbox, vault):
    apart.up()
    password = sandbox.layout.secret("gitea-password")
    assert passwords(apart) == {password}
    store = apart.objects(EXTERNAL_SECRETS, "SecretStore").get(namespace=apart.project, name="azurekv").to_dict()
    (ready,) = store["status"]["conditions"]
    assert (ready["status"], ready["reason"], ready["message"]) == ("True", "Valid", "store validated")
    written = vault.read()["vaults"][HOST]["secrets"][apart.project]["versions"]
    assert [version["value"] for version in written] == [password]
    apart.pulumi("preview", "--expect-no-changes", "--refresh")

    before = credential_names(apart)
    with token(apart) as rotated:
        set_password(apart, rotated)
        apart.up()
        assert passwords(apart) == {rotated}
        assert credential_names(apart).isdisjoint(before)
        set_password(apart, password)
        apart.up()
    assert passwords(apart) == {password}


def test_a_value_of_somebody_else_is_read_after_a_rotation(apart, sandbox, vault):
    identity = azure.register(sandbox.layout, apart.project)
    source = {"from": "azureKeyVault", "key": apart.project, "workloadIdentity": identity}
    write(vault, apart.project, sandbox.layout.secret("gitea-password"))
    apart.stack.project.replace("registry.login", {"username": OWNER, "password": source})
    apart.up()
    with token(apart) as rotated:
        # A line break, as an editor writes it, is no part of the password.
        write(vault, apart.project, f"{rotated}\n")
        apart.stack.project.replace("registry.login", {"username": OWNER, "password": {**source, "rotation": "2"}})
        apart.up()
        assert passwords(apart) == {rotated}


def write(vault: Directory, key: str, value: str) -> None:
    """Write a new version of a secret, as somebody else does."""
    with vault.change() as content:
        secrets_of_azure.write(content["vaults"][HOST], key, value)


@dataclass(frozen=True)
class Fault:
    """A fault in Azure.

    Args:
        change: makes it, given the tenants and vaults, the client ID and the key.
        told: words of the line of `up`.
    """

    change: Callable[[dict[str, Any], str, str], None]
    told: str


def _application(content: dict[str, Any], client_id: str) -> dict[str, Any]:
    application: dict[str, Any] = content["tenants"][azure.TENANT]["applications"][client_id]
    return application


def _foreign_subject(content: dict[str, Any], client_id: str, _: str) -> None:
    _application(content, client_id)["federatedCredentials"][0]["subject"] = "system:serviceaccount:other:azurekv"


def _unknown_application(content: dict[str, Any], client_id: str, _: str) -> None:
    del content["tenants"][azure.TENANT]["applications"][client_id]


def _no_role(content: dict[str, Any], client_id: str, _: str) -> None:
    del content["vaults"][HOST]["roles"][client_id]


def _disabled(content: dict[str, Any], _: str, key: str) -> None:
    content["vaults"][HOST]["secrets"][key]["versions"][-1]["enabled"] = False


def _deleted(content: dict[str, Any], _: str, key: str) -> None:
    secrets_of_azure.delete(content["vaults"][HOST], key)


FAULTS = {
    "subject": Fault(_foreign_subject, "AADSTS700213"),
    "application": Fault(_unknown_application, "AADSTS700016"),
    "role": Fault(_no_role, "ForbiddenByRbac"),
    "disabled": Fault(_disabled, "SecretDisabled"),
    "deleted": Fault(_deleted, "does not contain"),
}


def test_each_fault_of_azure_is_told_until_a_first_deployment_succeeds(apart, sandbox, vault):
    identity = azure.register(sandbox.layout, apart.project)
    write(vault, apart.project, sandbox.layout.secret("gitea-password"))
    source = {"from": "azureKeyVault", "key": apart.project, "workloadIdentity": identity}
    apart.stack.project.replace("registry.login", {"username": OWNER, "password": source})
    good = vault.read()
    for name, fault in FAULTS.items():
        with vault.change() as content:
            content.update(copy.deepcopy(good))
            fault.change(content, identity["clientId"], apart.project)
        printed = apart.pulumi("up", "--yes", "--skip-preview", fails=True)
        assert fault.told in printed, f"{name}:\n{printed}"
    with vault.change() as content:
        content.update(good)
    apart.up()
    assert passwords(apart) == {sandbox.layout.secret("gitea-password")}


def test_a_wrong_host_name_is_told_before_the_controller_tries_again(apart, sandbox, vault):
    identity = {**azure.register(sandbox.layout, apart.project), "vaultUrl": "https://nowhere.vault.azure.net"}
    source = {"from": "azureKeyVault", "key": apart.project, "workloadIdentity": identity}
    apart.stack.project.replace("registry.login", {"username": OWNER, "password": source})
    printed = apart.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert "lookup nowhere.vault.azure.net: no such host" in printed
