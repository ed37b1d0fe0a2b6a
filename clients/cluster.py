"""The API of the cluster, through the kubeconfig context of the stack."""

import base64
import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from clients.connection import TIMEOUT_SECONDS, ServiceError, certificate_problem

_LONGEST_REASON = 200

# Field manager of annotations, which Pulumi's own writes do not touch.
_MANAGER = "kargo-backstage"


class AbsentError(ServiceError):
    """The object does not exist in the cluster."""


class NotAllowedError(ServiceError):
    """The kubeconfig's user may not read or annotate the object."""


class UnreachableClusterError(ServiceError):
    """The cluster does not answer."""


class Cluster:
    """Objects of any kind. `get` reads each object once, so all checks see the same version.

    Args:
        kubeconfig: path of the kubeconfig; empty for the machine's own.
        context: context of the kubeconfig.
        timeout: seconds to wait for an answer.
    """

    def __init__(self, kubeconfig: str, context: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self._kubeconfig, self._context, self._timeout = kubeconfig, context, timeout
        self._api: Any = None
        self._read: dict[str, dict[str, Any] | ServiceError] = {}

    def get(self, what: str, path: str) -> dict[str, Any]:
        """Return the JSON object with which the API answers.

        Args:
            what: kind and name of the object, for the error.
            path: path of the object; see `object_path`.

        Raises:
            AbsentError: if the object does not exist.
            NotAllowedError: if this user may not read it.
            ServiceError: if the kubeconfig cannot be used, or the cluster does not answer. Later calls raise the same
                error without another request.
        """
        # An error of the kubeconfig or the connection, under the empty key, concerns every object.
        for key in ("", path):
            if key in self._read:
                known = self._read[key]
                if isinstance(known, ServiceError):
                    raise known
                return known
        try:
            found = self._read[path] = self.read(what, path)
        except ServiceError as error:
            self._read[path if isinstance(error, AbsentError | NotAllowedError) else ""] = error
            raise
        return found

    def items(self, what: str, path: str) -> list[dict[str, Any]]:
        """Return the objects of a list; raise the same errors as `get`."""
        return list(self.get(what, path).get("items") or [])

    def uid(self) -> str:
        """Return the uid of the namespace `kube-system`, which identifies a cluster; raise the same errors as `get`."""
        path = object_path("v1", "namespaces", None, "kube-system")
        return str(self.get("namespace 'kube-system'", path).get("metadata", {}).get("uid", ""))

    def read(self, what: str, path: str) -> dict[str, Any]:
        """Return the current state of an object; raise the same errors as `get`."""
        return self._send(what, "read", "GET", path)

    def annotate(self, what: str, path: str, annotations: Mapping[str, str]) -> None:
        """Set annotations of an object, and keep its others; raise the same errors as `get`."""
        headers = {"Content-Type": "application/merge-patch+json"}
        body = {"metadata": {"annotations": dict(annotations)}}
        self._send(what, "annotated", "PATCH", f"{path}?fieldManager={_MANAGER}", header_params=headers, body=body)

    def _send(self, what: str, done: str, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Send a request; return the JSON object with which the API answers.

        Args:
            what: kind and name of the object, for the error.
            done: `read` or `annotated`, for the error.
            method: HTTP method.
            path: path of the object.
            request: headers and body.
        """
        from kubernetes.client import ApiException  # noqa: PLC0415 - see `_api_client`

        if self._api is None:
            self._api = _api_client(self._kubeconfig, self._context)
        try:
            serialized = self._api.param_serialize(method, path, auth_settings=["BearerToken"], **request)
            response = self._api.call_api(*serialized, _request_timeout=self._timeout)
            response.read()
            answer: Any = self._api.response_deserialize(response, {"2XX": "object"}).data
        except ApiException as error:
            raise _refusal(f"{what} cannot be {done}", error) from None
        except Exception as error:
            raise UnreachableClusterError(f"the cluster cannot be reached ({type(error).__name__})") from None
        if not isinstance(answer, dict):
            raise UnreachableClusterError(
                "the server at the kubeconfig's address is not a Kubernetes API; check the address, and whether a "
                "proxy answers instead"
            )
        return answer


def object_path(api_version: str, plural: str, namespace: str | None = None, name: str | None = None) -> str:
    """Return the path of an object; without a name, the path of a list."""
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    within = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}{within}/{plural}{f'/{name}' if name else ''}"


def secret_data(secret: Mapping[str, Any]) -> dict[str, str]:
    """Return the decoded data of a Secret."""
    return {key: base64.b64decode(value).decode(errors="replace") for key, value in (secret.get("data") or {}).items()}


def read_secret(kubeconfig: str, context: str, namespace: str, name: str) -> dict[str, str]:
    """Read a Secret with a `Cluster`, and return its decoded data."""
    path = object_path("v1", "secrets", namespace, name)
    return secret_data(Cluster(kubeconfig, context).get(f"Secret '{name}'", path))


def _api_client(kubeconfig: str, context: str) -> Any:
    from kubernetes import client, config  # noqa: PLC0415 - takes most of a second; only callers that wait anyway pay

    # The client would repeat a request without an answer three times.
    settings = client.Configuration()
    settings.retries = False
    with _logged_errors() as logged:
        try:
            api = config.new_client_from_config(kubeconfig or None, context, client_configuration=settings)
        except Exception as error:  # the text of any error may quote the kubeconfig
            kind = type(error).__name__
            raise ServiceError(f"the kubeconfig's context '{context}' cannot be used ({kind})") from None
    if logged and "authorization" not in settings.api_key and not settings.cert_file:
        raise ServiceError(
            f"the kubeconfig's context '{context}' gives no credential ({logged[-1]}); sign in with the program that "
            "its user names under `exec`, such as kubelogin; install it if it is missing"
        )
    if not settings.verify_ssl:
        # The kubeconfig turns the verification off; urllib3 would print a warning with every request.
        warnings.filterwarnings("ignore", "Unverified HTTPS request")
    return api


class _Collector(logging.Handler):
    """Keeps the errors that a library logs, each in one line."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = " ".join(record.getMessage().split())
        # This error quotes the kubeconfig's user, with its secrets (37.0).
        self.lines.append("its `exec` cannot be read" if "kube-config file" in text else text[:_LONGEST_REASON])


@contextmanager
def _logged_errors() -> Iterator[list[str]]:
    """Collect what the client only logs: without an `exec` plugin it would send its requests without a login (37.0)."""
    collector, root = _Collector(), logging.getLogger()
    root.addHandler(collector)
    try:
        yield collector.lines
    finally:
        root.removeHandler(collector)


def _refusal(failure: str, error: Any) -> ServiceError:
    if not error.status:
        # The client's own error for a failed TLS handshake.
        line, fix = "the kubeconfig does not trust the cluster's certificate", "correct its certificate-authority"
        found = certificate_problem(error)
        if found and "does not trust" not in found[0]:
            line, fix = f"the cluster has {found[0]}", found[1]
        return UnreachableClusterError(f"{line}; {fix}")
    try:
        suffix = f": {json.loads(error.body or '')['message']}"
    except (ValueError, KeyError, TypeError):
        # Another server answered, such as a proxy.
        suffix = ""
    line = f"{failure} ({error.status} {error.reason}{suffix})"
    match error.status:
        case HTTPStatus.NOT_FOUND:
            return AbsentError(line)
        case HTTPStatus.FORBIDDEN:
            return NotAllowedError(line)
        case _:
            return ServiceError(line)
