"""Stand-in for `pulumi-resource-azure-native`. It keeps vaults and secrets in Pulumi's state, and sends no request.

Like the service, it never returns a value, and each new value has a new version.
"""

import sys
import uuid
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.standins.plugins.wire import differences, from_struct, serve, to_struct


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
        return provider_pb2.CreateResponse(id=id_, properties=_outputs(inputs, request.preview))

    def Update(self, request: Any, context: Any) -> Any:
        return provider_pb2.UpdateResponse(properties=_outputs(from_struct(request.news), request.preview))

    def Read(self, request: Any, context: Any) -> Any:
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()


def _outputs(inputs: dict[str, Any], preview: bool) -> Any:
    if preview:
        return to_struct({key: value for key, value in inputs.items() if key != "properties"})
    if "secretName" not in inputs:
        return to_struct({"name": inputs["vaultName"], "type": "Microsoft.KeyVault/vaults", **inputs})
    uri = f"https://{inputs['vaultName']}.vault.azure.net/secrets/{inputs['secretName']}"
    version = uuid.uuid4().hex
    return to_struct(
        {
            "name": inputs["secretName"],
            "type": "Microsoft.KeyVault/vaults/secrets",
            "properties": {"secretUri": uri, "secretUriWithVersion": f"{uri}/{version}"},
        }
    )


if __name__ == "__main__":
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(AzureProvider(), server))
