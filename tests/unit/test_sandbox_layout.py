"""The sandbox's folder: ports stay, and the vault of the dev stack stays until another is chosen."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from config.project import NAME
from sandbox import azure, platform
from sandbox.layout import SERVICES, Layout
from sandbox.project import Project


def test_a_sandbox_of_an_older_version_gets_a_port_for_a_newer_service(tmp_path):
    older = {service: 1000 + i for i, service in enumerate(SERVICES[:-1])}
    (tmp_path / "ports.json").write_text(json.dumps(older))
    ports = Layout(tmp_path).ports
    assert older.items() <= ports.items()
    assert len(set(ports.values())) == len(SERVICES)
    assert Layout(tmp_path).ports == ports


@pytest.fixture
def written(tmp_path) -> Any:
    """Return a function that writes the dev stack's file for a sandbox, and returns the password in it."""
    layout = Layout(tmp_path / "sandbox")
    project = Project(layout.folder("project"), "dev")

    def write() -> dict[str, Any]:
        project.file.write_text(yaml.safe_dump({"encryptionsalt": "salt"}))
        project.configure(platform.local(layout))
        password: dict[str, Any] = project.configuration()["config"][f"{NAME}:registry"]["login"]["password"]
        return password

    return SimpleNamespace(layout=layout, password=write)


def test_the_chosen_vault_stays_until_another_is_chosen(written):
    committed = written.password()
    assert committed["secretStore"] == "azure-keyvault-store"
    assert platform.local(written.layout).azure is None
    assert not (written.layout.root / "azure").exists()

    azure.choose(written.layout, azure.AZURE)
    password = written.password()
    assert password["workloadIdentity"]["vaultUrl"] == "https://backstage-dev.vault.azure.net"
    assert "secretStore" not in password
    assert password["vault"] == committed["vault"]
    assert platform.local(written.layout).azure == written.layout.root / "azure"

    azure.choose(written.layout, azure.FAKE)
    assert written.password() == committed


def test_an_identity_is_registered_once_and_keeps_its_changes(written):
    identity = azure.register(written.layout, "backstage")
    registered = azure.directory(written.layout).read()
    application = registered["tenants"][identity["tenantId"]]["applications"][identity["clientId"]]
    (federated,) = application["federatedCredentials"]
    assert federated["subject"] == "system:serviceaccount:backstage:azurekv"
    with azure.directory(written.layout).change() as content:
        content["vaults"]["backstage-dev.vault.azure.net"]["roles"] = {identity["clientId"]: []}
    changed = azure.directory(written.layout).read()
    assert azure.register(written.layout, "backstage") == identity
    assert azure.directory(written.layout).read() == changed
    assert azure.register(written.layout, "another")["clientId"] != identity["clientId"]


def test_a_place_in_the_stacks_file_is_set_and_everything_else_stays(tmp_path):
    project = Project(tmp_path, "dev")
    before = {f"{NAME}:registry": {"owner": "a", "login": {"username": "b"}}, f"{NAME}:pipelines": [{"name": "p"}]}
    project.file.write_text(yaml.safe_dump({"encryptionsalt": "salt", "config": before}))
    project.replace("registry.login.username", "c")
    project.replace("pipelines[0].warehouse.interval", "9m")
    project.replace("webhooks.rotation", "2")
    assert project.configuration() == {
        "encryptionsalt": "salt",
        "config": {
            f"{NAME}:registry": {"owner": "a", "login": {"username": "c"}},
            f"{NAME}:pipelines": [{"name": "p", "warehouse": {"interval": "9m"}}],
            f"{NAME}:webhooks": {"rotation": "2"},
        },
    }
