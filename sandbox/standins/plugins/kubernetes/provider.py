"""The gRPC service of the provider. It answers the engine as pulumi-kubernetes 4.34 does.

It does not imitate the features that this project does not use: autonaming, client-side apply, Patch and List
resources, Helm, YAML rendering, invokes, the waits for kinds such as Deployment and Service, CRDs as resources, and the
events that the real provider logs while it waits.
"""

import sys
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.standins.plugins.kubernetes.cluster import Cluster, ClusterError, UnreadyError, new_manager
from sandbox.standins.plugins.kubernetes.diff import diff
from sandbox.standins.plugins.kubernetes.objects import (
    Object,
    annotation,
    api_version_of,
    checkpoint,
    has_unknown,
    id_of,
    is_builtin,
    kind_of,
    manager_of,
    normalized,
    parse,
    pruned,
    split_id,
)
from sandbox.standins.plugins.kubernetes.options import Options
from sandbox.standins.plugins.kubernetes.secrecy import annotate
from sandbox.standins.plugins.wire import from_struct, is_unknown, revealed, serve, to_struct

_VERSION = "4.32.0"
_PREFIX = "kubernetes:config:"
_CLUSTER_KEYS = ("kubeconfig", "context", "cluster")
_EXISTS = """

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use `pulumi import`. Note that
    protected resources (e.g. kube-system) cannot be deleted on destroy.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create."""


class KubernetesProvider(provider_pb2_grpc.ResourceProviderServicer):
    """The part of Pulumi's `kubernetes` provider that this project uses."""

    _options: Options
    _cluster: Cluster

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=_VERSION)

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        olds, news = revealed(from_struct(request.olds)), revealed(from_struct(request.news))
        changed = sorted(key for key in {*olds, *news} if olds.get(key) != news.get(key))
        if not changed:
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
        if has_unknown({key: news.get(key) for key in _CLUSTER_KEYS}):
            replaces = [key for key in _CLUSTER_KEYS if has_unknown({key: news.get(key)})]
        else:
            # In another cluster every object is another one. Without a cluster, a kubeconfig counts as unchanged.
            old, new = Options(olds).active_cluster(), Options(news).active_cluster()
            replaces = [key for key in _CLUSTER_KEYS if key in changed] if old and new and old != new else []
        some = provider_pb2.DiffResponse.DIFF_SOME
        return provider_pb2.DiffResponse(changes=some, diffs=changed, replaces=replaces)

    def Configure(self, request: Any, context: Any) -> Any:
        print("stand-in for the Kubernetes provider (pulumi-resource-kubernetes is not on PATH)", file=sys.stderr)
        self._options = Options({key.removeprefix(_PREFIX): value for key, value in request.variables.items()})
        self._cluster = Cluster(self._options)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        given = from_struct(request.news)
        inputs = normalized(revealed(given))
        metadata = inputs.setdefault("metadata", {})
        if not metadata.get("name"):
            return _refused(request, "metadata.name", "the stand-in does not imitate autonaming")
        if annotation(inputs, "waitFor"):
            return _refused(request, "metadata.annotations", "the stand-in does not imitate pulumi.com/waitFor")
        # Without a cluster no default namespace exists. An unknown namespace is not a string, so it counts as missing.
        reachable = self._cluster.unreachable is None
        missing = not metadata.get("namespace") or is_unknown(metadata["namespace"])
        if reachable and missing and self._cluster.is_namespaced(inputs):
            metadata["namespace"] = self._options.namespace
        return provider_pb2.CheckResponse(inputs=to_struct(annotate(inputs, given)))

    def Diff(self, request: Any, context: Any) -> Any:
        old_inputs, live = parse(from_struct(request.olds))
        inputs = normalized(revealed(from_struct(request.news)))
        return diff(pruned(live, normalized(old_inputs)), inputs, self._options)

    def Create(self, request: Any, context: Any) -> Any:
        given = from_struct(request.properties)
        inputs = revealed(given)
        if request.preview and (has_unknown(inputs) or not self._cluster.knows(inputs)):
            return provider_pb2.CreateResponse(id="", properties=request.properties)
        self._require_cluster(context)
        manager = annotation(inputs, "patchFieldManager") or new_manager()
        try:
            live = self._cluster.create(inputs, manager, request.preview)
            if request.preview:
                live.pop("status", None)
                return provider_pb2.CreateResponse(properties=to_struct(checkpoint(inputs, live, given, manager)))
        except ClusterError as error:
            # The same update may create the namespace, and a replaced object still exists.
            missing = error.status == 404 and str(error).startswith("namespaces ")
            if request.preview and (error.status in (403, 409) or missing):
                return provider_pb2.CreateResponse(id="", properties=request.properties)
            hint = _EXISTS if error.status == 409 and not self._options.upsert_existing_objects else ""
            text = f'resource "{request.urn}" was not successfully created by the Kubernetes API server: {error}{hint}'
            context.abort(grpc.StatusCode.UNKNOWN, text)
        return provider_pb2.CreateResponse(
            id=id_of(live), properties=to_struct(checkpoint(inputs, live, given, manager))
        )

    def Update(self, request: Any, context: Any) -> Any:
        given = from_struct(request.news)
        inputs = normalized(revealed(given))
        if request.preview and (has_unknown(inputs) or not self._cluster.knows(inputs)):
            return provider_pb2.UpdateResponse(properties=request.news)
        self._require_cluster(context)
        state = from_struct(request.olds)
        manager = annotation(inputs, "patchFieldManager") or manager_of(state) or new_manager()
        try:
            live = self._cluster.apply(inputs, manager, request.preview)
        except ClusterError as error:
            if request.preview and error.status == 403:
                return provider_pb2.UpdateResponse(properties=request.news)
            last = self._cluster.get(inputs, request.id)
            if last is None:
                context.abort(grpc.StatusCode.UNKNOWN, f'update of resource "{request.urn}" failed: {error}')
                raise AssertionError from error
            self._abort_update(context, error, checkpoint(inputs, last, given, manager, api_version_of(state)), last)
        kept = checkpoint(inputs, live, given, manager, api_version_of(state))
        return provider_pb2.UpdateResponse(properties=to_struct(kept))

    def Read(self, request: Any, context: Any) -> Any:
        self._require_cluster(context)
        given, state = from_struct(request.inputs), from_struct(request.properties)
        inputs = normalized(revealed(given))
        imported = not inputs.get("kind") and not state.get("kind")
        if not inputs.get("kind"):
            namespace, name = split_id(request.id)
            source = kind_of(request.urn) if imported else state
            metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **inputs.get("metadata", {})}
            inputs = {**inputs, "apiVersion": source["apiVersion"], "kind": source["kind"], "metadata": metadata}
        try:
            live = self._cluster.get(inputs, request.id)
        except ClusterError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        if live is None:
            return provider_pb2.ReadResponse(id="")
        found = pruned(live, inputs)
        if imported and is_builtin(live):
            # The provider knows the inputs of built-in kinds only.
            found = normalized({key: value for key, value in live.items() if key != "status"})
        manager = annotation(inputs, "patchFieldManager") or manager_of(state) or new_manager()
        kept = checkpoint(found, live, given, manager, api_version_of(state))
        return provider_pb2.ReadResponse(
            id=request.id or id_of(live), properties=to_struct(kept), inputs=to_struct(annotate(found, given))
        )

    def Delete(self, request: Any, context: Any) -> Any:
        self._require_cluster(context)
        state = from_struct(request.properties)
        inputs, live = parse(state)
        kind = live if live.get("kind") else kind_of(request.urn)
        try:
            self._cluster.delete(inputs, kind, request.id, request.timeout)
        except ClusterError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except UnreadyError as error:
            kept = checkpoint(inputs, error.live, state, manager_of(state) or "", api_version_of(state))
            _abort_partly(context, str(error), kept, request.id)
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def _require_cluster(self, context: Any) -> None:
        if self._cluster.unreachable is not None:
            text = f"configured Kubernetes cluster is unreachable: {self._cluster.unreachable}"
            context.abort(grpc.StatusCode.UNKNOWN, text)

    def _abort_update(self, context: Any, error: Exception, kept: Object, live: Object) -> NoReturn:
        name = id_of(live)
        text = f'the Kubernetes API server reported that "{name}" failed to fully initialize or become live: {error}'
        _abort_partly(context, text, kept, name)


def _refused(request: Any, path: str, why: str) -> Any:
    failure = provider_pb2.CheckFailure(property=path, reason=why)
    return provider_pb2.CheckResponse(inputs=request.news, failures=[failure])


def _abort_partly(context: Any, text: str, kept: Object, id_: str) -> NoReturn:
    """Fail, and return the current object to the engine, for the state."""
    failed = provider_pb2.ErrorResourceInitFailed(id=id_, properties=to_struct(kept), reasons=[text])
    detail = any_pb2.Any()
    detail.Pack(failed)
    status = status_pb2.Status(code=2, message=text, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, text)
    raise AssertionError


if __name__ == "__main__":
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(KubernetesProvider(), server))
