"""Stand-in for `pulumi-resource-azure-native`. It keeps vaults and secrets in Pulumi's state.

Like the service, it never returns a value, and each new value has a new version. With the stand-in for Azure, it writes
vaults and secrets there, past its sign-in: the real provider writes them through Azure's resource manager, which needs
no role in the vault.
"""

import os
import sys
import uuid
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.standins.azure import secrets
from sandbox.standins.azure.directory import Directory
from sandbox.standins.plugins import AZURE_FOLDER
from sandbox.standins.plugins.wire import differences, from_struct, revealed, serve, to_struct


class AzureProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Pulumi's `azure-native` provider for Key Vault, without Azure."""

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="3.29.0")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse()

    def Configure(self, request: Any, context: Any) -> Any:
        print("stand-in for the Azure provider (pulumi-resource-azure-native is not on PATH)", file=sys.stderr)
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        changed = list(differences(from_struct(request.old_inputs), from_struct(request.news)))
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some if changed else none, diffs=changed)

    def Create(self, request: Any, context: Any) -> Any:
        inputs = from_struct(request.properties)
        id_ = "/".join(inputs[part] for part in ("resourceGroupName", "vaultName", "secretName") if part in inputs)
        return provider_pb2.CreateResponse(id=id_, properties=_outputs(inputs, request.preview, context))

    def Update(self, request: Any, context: Any) -> Any:
        return provider_pb2.UpdateResponse(properties=_outputs(from_struct(request.news), request.preview, context))

    def Read(self, request: Any, context: Any) -> Any:
        _, vault, *secret = request.id.split("/")
        directory = _directory() if secret else None
        if directory and secret[0] not in directory.read()["vaults"].get(_host(vault), {}).get("secrets", {}):
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request: Any, context: Any) -> Any:
        _, vault, *secret = request.id.split("/")
        if secret and (directory := _directory()):
            with directory.change() as content:
                secrets.delete(content["vaults"].get(_host(vault), {}), secret[0])
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()


def _outputs(inputs: dict[str, Any], preview: bool, context: Any) -> Any:
    if preview:
        return to_struct({key: value for key, value in inputs.items() if key != "properties"})
    version = _written(inputs, context)
    if "secretName" not in inputs:
        return to_struct({"name": inputs["vaultName"], "type": "Microsoft.KeyVault/vaults", **inputs})
    uri = f"https://{_host(inputs['vaultName'])}/secrets/{inputs['secretName']}"
    return to_struct(
        {
            "name": inputs["secretName"],
            "type": "Microsoft.KeyVault/vaults/secrets",
            "properties": {"secretUri": uri, "secretUriWithVersion": f"{uri}/{version}"},
        }
    )


def _written(inputs: dict[str, Any], context: Any) -> str:
    """Write a vault or a secret to the stand-in for Azure, if there is one; return a new version."""
    directory, properties = _directory(), revealed(inputs.get("properties", {}))
    if directory is None:
        return uuid.uuid4().hex
    with directory.change() as content:
        vaults, host = content["vaults"], _host(inputs["vaultName"])
        if "secretName" not in inputs:
            vaults.setdefault(host, {"roles": {}, "secrets": {}})["tenant"] = properties["tenantId"]
            return ""
        if host not in vaults:
            group = inputs["resourceGroupName"]
            missing = f"The Resource 'Microsoft.KeyVault/vaults/{inputs['vaultName']}' under resource group '{group}'"
            context.abort(grpc.StatusCode.NOT_FOUND, f'Code="ResourceNotFound" Message="{missing} was not found."')
        secrets.recover(vaults[host], inputs["secretName"])
        return str(secrets.write(vaults[host], inputs["secretName"], properties["value"])["id"])


def _directory() -> Directory | None:
    folder = os.environ.get(AZURE_FOLDER)
    return Directory(Path(folder)) if folder else None


def _host(vault: str) -> str:
    return f"{vault.lower()}.vault.azure.net"


if __name__ == "__main__":
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(AzureProvider(), server))
