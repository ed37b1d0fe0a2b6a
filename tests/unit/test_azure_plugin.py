"""The stand-in for the Azure provider writes to the stand-in for Azure what a stack owns."""

from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from sandbox.standins.azure.directory import Directory
from sandbox.standins.plugins import AZURE_FOLDER
from sandbox.standins.plugins.azure import AzureProvider
from sandbox.standins.plugins.wire import from_struct, secret, to_struct

HOST = "team.vault.azure.net"
NAMES = {"resourceGroupName": "group", "vaultName": "Team", "secretName": "password"}


class Context:
    """The context of a gRPC call."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise ValueError(details)


@pytest.fixture
def directory(tmp_path, monkeypatch) -> Directory:
    """One vault."""
    monkeypatch.setenv(AZURE_FOLDER, str(tmp_path))
    made = Directory(tmp_path)
    with made.change() as content:
        content["vaults"][HOST] = {"tenant": "one", "roles": {}, "secrets": {}}
    return made


def properties(value: str, **names: str) -> Any:
    """Return the inputs of a secret with a value."""
    return to_struct({**NAMES, **names, "properties": {"value": secret(value)}})


def written(directory: Directory) -> list[str]:
    """Return the values of the secret's versions."""
    return [version["value"] for version in directory.read()["vaults"][HOST]["secrets"]["password"]["versions"]]


def test_each_value_is_a_version_whose_address_is_an_output(directory):
    created = AzureProvider().Create(provider_pb2.CreateRequest(properties=properties("first")), Context())
    AzureProvider().Update(provider_pb2.UpdateRequest(news=properties("second")), Context())
    assert written(directory) == ["first", "second"]
    version = directory.read()["vaults"][HOST]["secrets"]["password"]["versions"][0]["id"]
    outputs = from_struct(created.properties)["properties"]
    assert outputs["secretUriWithVersion"] == f"https://{HOST}/secrets/password/{version}"
    assert "first" not in str(created)


def test_a_preview_writes_nothing(directory):
    before = directory.read()
    request = provider_pb2.CreateRequest(properties=properties("first"), preview=True)
    AzureProvider().Create(request, Context())
    assert directory.read() == before


def test_a_deleted_secret_is_recovered_and_written(directory):
    created = AzureProvider().Create(provider_pb2.CreateRequest(properties=properties("first")), Context())
    AzureProvider().Delete(provider_pb2.DeleteRequest(id=created.id), Context())
    assert directory.read()["vaults"][HOST]["secrets"]["password"]["deleted"]
    AzureProvider().Create(provider_pb2.CreateRequest(properties=properties("second")), Context())
    assert "deleted" not in directory.read()["vaults"][HOST]["secrets"]["password"]
    assert written(directory) == ["first", "second"]


def test_a_new_vault_belongs_to_its_tenant_and_gives_nobody_a_role(directory):
    inputs = {"resourceGroupName": "group", "vaultName": "new", "properties": {"tenantId": "two"}}
    AzureProvider().Create(provider_pb2.CreateRequest(properties=to_struct(inputs)), Context())
    assert directory.read()["vaults"]["new.vault.azure.net"] == {"tenant": "two", "roles": {}, "secrets": {}}


def test_a_secret_of_an_unknown_vault_is_an_error(directory):
    request = provider_pb2.CreateRequest(properties=properties("first", vaultName="nowhere"))
    with pytest.raises(ValueError, match=r"vaults/nowhere' under resource group 'group' was not found"):
        AzureProvider().Create(request, Context())


def test_without_the_stand_in_for_azure_nothing_is_written(directory, monkeypatch):
    monkeypatch.delenv(AZURE_FOLDER)
    before = directory.read()
    created = AzureProvider().Create(provider_pb2.CreateRequest(properties=properties("first")), Context())
    assert "secretUriWithVersion" in from_struct(created.properties)["properties"]
    assert directory.read() == before
