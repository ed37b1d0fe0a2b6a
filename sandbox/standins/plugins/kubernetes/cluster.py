"""The cluster of the provider, and the provider's requests (pkg/await)."""

import json
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from kubernetes import config, dynamic
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.exceptions import NotFoundError, ResourceNotFoundError

from sandbox.standins.plugins.kubernetes.managers import CREATOR, transferred
from sandbox.standins.plugins.kubernetes.objects import Object, annotation, namespace_of, split_id
from sandbox.standins.plugins.kubernetes.options import Options

_SECONDS = 600.0
_RETRIES = 5
_CONFLICT = (
    "server-side apply field conflict detected, see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/"
    "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources for troubleshooting help\n"
    'The resource managed by field manager "{manager}" had an apply conflict: {reason}'
)


class ClusterError(Exception):
    """The cluster refused a request.

    Args:
        text: message of the cluster.
        status: HTTP status; 0 without a response.
    """

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class UnreadyError(Exception):
    """An object exists, but is not in the wanted state.

    Args:
        text: the problem.
        live: the object.
    """

    def __init__(self, text: str, live: Object) -> None:
        super().__init__(text)
        self.live = live


class Cluster:
    """The cluster of the provider's kubeconfig.

    Args:
        options: options of the provider.

    Attributes:
        unreachable: reason why the cluster cannot be reached; None if it can.
    """

    def __init__(self, options: Options) -> None:
        self.unreachable: str | None = None
        self._options = options
        try:
            api = config.new_client_from_config_dict(options.kubeconfig(), context=options.context)
            _limit(api, options.timeout)
            self._client = dynamic.DynamicClient(api)
            self._client.version  # noqa: B018 - the first request, made by this property
        except Exception as error:
            self.unreachable = f"{type(error).__name__}: {error}"

    def knows(self, kind: Object) -> bool:
        """Return whether the cluster can be reached and serves this kind."""
        try:
            return self.unreachable is None and bool(self._resource(kind))
        except ResourceNotFoundError:
            return False

    def is_namespaced(self, kind: Object) -> bool:
        """Return whether objects of this kind have a namespace. An unknown kind has one."""
        return not self.knows(kind) or bool(self._resource(kind).namespaced)

    def get(self, kind: Object, id_: str) -> Object | None:
        """Return an object; None if the object or its kind is missing.

        Raises:
            ClusterError: if the cluster refuses.
        """
        namespace, name = split_id(id_)
        try:
            live: Object = self._resource(kind).get(name=name, namespace=namespace).to_dict()
        except (NotFoundError, ResourceNotFoundError):
            return None
        except ApiException as error:
            raise _refusal(error) from None
        return live

    def create(self, inputs: Object, manager: str, preview: bool) -> Object:
        """Create an object. In a preview it is a dry run.

        The POST fails if the object exists. With `upsertExistingObjects` the provider uses server-side apply instead.
        While the namespace or the kind is missing, it retries up to five times.

        Raises:
            ClusterError: if the cluster refuses.
        """
        for attempt in range(_RETRIES + 1):
            try:
                return self._created(inputs, manager, preview)
            except (NotFoundError, ResourceNotFoundError) as error:
                if attempt == _RETRIES or preview:
                    raise _refusal(error) from None
                time.sleep(2**attempt)
            except ApiException as error:
                raise _refusal(error, manager if self._options.upsert_existing_objects else "") from None
        raise AssertionError

    def _created(self, inputs: Object, manager: str, preview: bool) -> Object:
        resource, namespace = self._resource(inputs), namespace_of(inputs)
        dry_run = {"dry_run": "All"} if preview else {}
        if self._options.upsert_existing_objects:
            live: Object = resource.server_side_apply(
                body=inputs,
                name=inputs["metadata"]["name"],
                namespace=namespace,
                field_manager=manager,
                force_conflicts=preview or self._forces(inputs),
                **dry_run,
            ).to_dict()
        else:
            live = resource.create(body=inputs, namespace=namespace, field_manager=CREATOR, **dry_run).to_dict()
        return live

    def _forces(self, inputs: Object) -> bool:
        return annotation(inputs, "patchForce") == "true" or self._options.enable_patch_force

    def apply(self, inputs: Object, manager: str, preview: bool) -> Object:
        """Apply an object with server-side apply. Without force, fields of other managers conflict.

        Raises:
            ClusterError: if the cluster refuses.
        """
        resource, name = self._resource(inputs), inputs["metadata"]["name"]
        force = self._forces(inputs)
        try:
            live = resource.get(name=name, namespace=namespace_of(inputs)).to_dict()
            patch = transferred(live, manager)
            if preview:
                # A real update transfers the fields first, so they do not conflict.
                force = force or bool(patch)
            elif patch:
                resource.patch(
                    body=patch, name=name, namespace=namespace_of(inputs), content_type="application/json-patch+json"
                )
            applied: Object = resource.server_side_apply(
                body=inputs,
                name=name,
                namespace=namespace_of(inputs),
                field_manager=manager,
                force_conflicts=force,
                **({"dry_run": "All"} if preview else {}),
            ).to_dict()
        except ApiException as error:
            raise _refusal(error, manager) from None
        return applied

    def delete(self, inputs: Object, kind: Object, id_: str, seconds: float) -> None:
        """Delete an object with foreground propagation, and wait until it is deleted.

        Raises:
            ClusterError: if the cluster refuses.
            UnreadyError: if the object still exists after that time.
        """
        namespace, name = split_id(id_)
        asked = annotation(inputs, "deletionPropagationPolicy").lower()
        policy = asked.capitalize() if asked in ("orphan", "background") else "Foreground"
        try:
            self._resource(kind).delete(name=name, namespace=namespace, body={"propagationPolicy": policy})
        except (NotFoundError, ResourceNotFoundError):
            return
        except ApiException as error:
            raise _refusal(error) from None
        last: Object = {}

        def gone() -> bool:
            nonlocal last
            live = self.get(kind, id_)
            last = live or last
            return live is None

        if not _eventually(gone, _timeout(inputs, seconds)):
            finalizers = ", ".join(last["metadata"].get("finalizers") or [])
            text = f"timed out waiting for the condition; finalizers might be preventing deletion ({finalizers})"
            raise UnreadyError(text, last)

    def _resource(self, kind: Object) -> Any:
        return self._client.resources.get(api_version=kind["apiVersion"], kind=kind["kind"])


def _limit(api: Any, seconds: float | None) -> None:
    """Set the timeout of each request. Without it requests have no timeout, as in the real provider."""
    request = api.rest_client.request

    def limited(*args: Any, **given: Any) -> Any:
        return request(*args, **{**given, "_request_timeout": given.get("_request_timeout") or seconds})

    api.rest_client.request = limited


def new_manager() -> str:
    """Return a random name for the field manager of one object, as the real provider does."""
    return f"pulumi-kubernetes-{secrets.token_hex(4)}"


def _timeout(inputs: Object, seconds: float) -> float:
    annotated = annotation(inputs, "timeoutSeconds")
    return seconds or (float(annotated) if annotated.isdigit() else _SECONDS)


def _eventually(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def _refusal(error: Exception, manager: str = "") -> ClusterError:
    """Return the error of the server. For a conflict of `manager`, use the provider's text."""
    if not isinstance(error, ApiException):
        return ClusterError(str(error), 404)
    try:
        text = str(json.loads(error.body or "")["message"])
    except (TypeError, ValueError, KeyError):
        text = f"{error.status} {error.reason}"
    if error.status == HTTPStatus.CONFLICT and manager:
        text = _CONFLICT.format(manager=manager, reason=text)
    return ClusterError(text, error.status or 0)
