"""Stand-in for `pulumi-resource-kubernetes`: the real API server through the `kubernetes` client.

Keeps the behaviour of the real provider that this project depends on (pulumi-kubernetes 4.34): POST on create (so an
object that is there already is an error), server-side apply on update, `pulumi.com/waitFor`, inputs read back on
refresh, deletes that wait until the object is gone. A preview does not call the cluster.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import grpc
import yaml
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2
from kubernetes import config, dynamic
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.exceptions import NotFoundError
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.standins.wire import differences, from_struct, project, serve, to_struct

_FIELD_MANAGER = "pulumi-kubernetes"
_DEFAULT_TIMEOUT = 600.0
_IMMUTABLE = ("apiVersion", "kind", "metadata.name", "metadata.namespace")


class KubernetesProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Pulumi's `kubernetes` provider, as much of it as this project uses."""

    def __init__(self) -> None:
        self._settings: dict[str, str] = {}
        self._client: dynamic.DynamicClient | None = None

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="4.34.2")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        changed = list(differences(from_struct(request.olds), from_struct(request.news)))
        return _diff(changed, [])

    def Configure(self, request: Any, context: Any) -> Any:
        print("stand-in for the Kubernetes provider (pulumi-resource-kubernetes is not on PATH)", file=sys.stderr)
        self._settings = from_struct(request.args)
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        changed = list(differences(from_struct(request.old_inputs), from_struct(request.news)))
        return _diff(changed, [path for path in changed if path in _IMMUTABLE])

    def Create(self, request: Any, context: Any) -> Any:
        inputs = from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(id="", properties=request.properties)
        resource = self._resource(inputs)
        try:
            live = resource.create(body=inputs, namespace=_namespace(inputs), field_manager=_FIELD_MANAGER).to_dict()
        except ApiException as error:
            context.abort(grpc.StatusCode.UNKNOWN, _reason(error))
        live = self._wait(context, inputs, live, request.timeout, resource)
        return provider_pb2.CreateResponse(id=_id(live), properties=to_struct({**inputs, **live}))

    def Update(self, request: Any, context: Any) -> Any:
        inputs = from_struct(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=request.news)
        resource = self._resource(inputs)
        try:
            live = resource.server_side_apply(
                body=inputs,
                name=inputs["metadata"]["name"],
                namespace=_namespace(inputs),
                field_manager=_FIELD_MANAGER,
                force_conflicts=True,
            ).to_dict()
        except ApiException as error:
            context.abort(grpc.StatusCode.UNKNOWN, _reason(error))
        live = self._wait(context, inputs, live, request.timeout, resource)
        return provider_pb2.UpdateResponse(properties=to_struct({**inputs, **live}))

    def Read(self, request: Any, context: Any) -> Any:
        state = from_struct(request.properties)
        inputs = from_struct(request.inputs) or state
        live = self._get(_kind_of(request, inputs), request.id)
        if live is None:
            return provider_pb2.ReadResponse(id="")
        if not inputs:
            inputs = live
        live_inputs = project(
            {**live, **({"stringData": _string_data(live)} if "stringData" in inputs else {})}, inputs
        )
        return provider_pb2.ReadResponse(
            id=_id(live), properties=to_struct({**live_inputs, **live}), inputs=to_struct(live_inputs)
        )

    def Delete(self, request: Any, context: Any) -> Any:
        kind = _kind_of(request, from_struct(request.properties))
        namespace, name = _split(request.id)
        try:
            self._resource(kind).delete(name=name, namespace=namespace, body={"propagationPolicy": "Background"})
        except NotFoundError:
            return empty_pb2.Empty()
        except ApiException as error:
            context.abort(grpc.StatusCode.UNKNOWN, _reason(error))
        if not _eventually(lambda: self._get(kind, request.id) is None, request.timeout or _DEFAULT_TIMEOUT):
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, f"{request.id} is still being deleted; see its finalizers")
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def _resource(self, inputs: dict[str, Any]) -> Any:
        if self._client is None:
            self._client = dynamic.DynamicClient(self._api())
        return self._client.resources.get(api_version=inputs["apiVersion"], kind=inputs["kind"])

    def _api(self) -> Any:
        kubeconfig, context = self._settings.get("kubeconfig"), self._settings.get("context")
        if kubeconfig and "\n" in kubeconfig:
            return config.new_client_from_config_dict(yaml.safe_load(kubeconfig), context=context)
        return config.new_client_from_config(kubeconfig or None, context=context)

    def _get(self, kind: dict[str, Any], id_: str) -> dict[str, Any] | None:
        namespace, name = _split(id_)
        try:
            live: dict[str, Any] = self._resource(kind).get(name=name, namespace=namespace).to_dict()
        except NotFoundError:
            return None
        return live

    def _wait(
        self, context: Any, inputs: dict[str, Any], live: dict[str, Any], timeout: float, resource: Any
    ) -> dict[str, Any]:
        """Wait for `pulumi.com/waitFor`; where it does not come true, record the object as not ready."""
        wanted = json.loads((inputs["metadata"].get("annotations") or {}).get("pulumi.com/waitFor", "[]"))
        latest = live

        def ready() -> bool:
            nonlocal latest
            latest = resource.get(name=live["metadata"]["name"], namespace=live["metadata"].get("namespace")).to_dict()
            return all(_holds(condition, latest) for condition in wanted)

        if wanted and not _eventually(ready, timeout or _DEFAULT_TIMEOUT):
            reasons = [
                f"{live['kind']} {_id(live)}: not true in time: {_public(c)}" for c in wanted if not _holds(c, latest)
            ]
            reasons += [
                f"{c.get('type')}={c.get('status')}: {c.get('message')}"
                for c in latest.get("status", {}).get("conditions", [])
            ]
            failed = provider_pb2.ErrorResourceInitFailed(
                id=_id(live), properties=to_struct({**inputs, **latest}), reasons=reasons, inputs=to_struct(inputs)
            )
            detail = any_pb2.Any()
            detail.Pack(failed)
            status = status_pb2.Status(code=2, message="resource is not ready", details=[detail])
            context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
            context.abort(grpc.StatusCode.UNKNOWN, "resource is not ready")
        return latest


def _holds(condition: str, live: dict[str, Any]) -> bool:
    kind, _, rest = condition.partition("=")
    if kind == "condition":
        found = live.get("status", {}).get("conditions", [])
        return any(c.get("type") == rest and c.get("status") == "True" for c in found)
    path, _, value = rest.partition("}=")
    node: Any = live
    for part in path.lstrip("{.").split("."):
        node = (node or {}).get(part)
    return str(node) == value


def _public(condition: str) -> str:
    return condition.rpartition("=")[0] if condition.startswith("jsonpath") else condition


def _eventually(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def _diff(changed: list[str], replaces: list[str]) -> Any:
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=sorted({path.split(".")[0] for path in changed}),
        replaces=replaces,
        deleteBeforeReplace=bool(replaces),
        hasDetailedDiff=True,
        detailedDiff={
            path: provider_pb2.PropertyDiff(
                kind=provider_pb2.PropertyDiff.UPDATE_REPLACE if path in replaces else provider_pb2.PropertyDiff.UPDATE,
                inputDiff=True,
            )
            for path in changed
        },
    )


def _kind_of(request: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    if "apiVersion" in inputs:
        return inputs
    _, api_version, kind = request.urn.split("::")[2].rpartition("$")[2].split(":", 2)
    return {"apiVersion": api_version.removeprefix("core/"), "kind": kind}


def _string_data(live: dict[str, Any]) -> dict[str, str]:
    import base64

    return {key: base64.b64decode(value).decode() for key, value in (live.get("data") or {}).items()}


def _reason(error: ApiException) -> str:
    try:
        return str(json.loads(error.body or "")["message"])
    except (TypeError, ValueError, KeyError):
        return f"{error.status} {error.reason}"


def _id(live: dict[str, Any]) -> str:
    namespace = live["metadata"].get("namespace")
    return f"{namespace}/{live['metadata']['name']}" if namespace else str(live["metadata"]["name"])


def _split(id_: str) -> tuple[str | None, str]:
    namespace, _, name = id_.rpartition("/")
    return namespace or None, name


def _namespace(inputs: dict[str, Any]) -> str | None:
    namespace: str | None = inputs["metadata"].get("namespace")
    return namespace


if __name__ == "__main__":
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(KubernetesProvider(), server))
