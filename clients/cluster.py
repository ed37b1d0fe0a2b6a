"""The cluster's API, through the kubeconfig context that the stack names."""

import base64
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from clients.connection import TIMEOUT_SECONDS, ServiceError


class AbsentError(ServiceError):
    """The cluster has no such object."""


class NotAllowedError(ServiceError):
    """The kubeconfig's user may not read that."""


class UnreachableClusterError(ServiceError):
    """The cluster does not answer."""


_KINDS: dict[int, type[ServiceError]] = {HTTPStatus.NOT_FOUND: AbsentError, HTTPStatus.FORBIDDEN: NotAllowedError}


class Cluster:
    """Reads objects of any kind; each once, so that everything that is said of one is said of the same.

    Args:
        kubeconfig: path of the kubeconfig; empty means the machine's own.
        context: its context.
    """

    def __init__(self, kubeconfig: str, context: str) -> None:
        self._kubeconfig, self._context = kubeconfig, context
        self._api: Any = None
        self._read: dict[str, dict[str, Any] | ServiceError] = {}

    def get(self, what: str, path: str) -> dict[str, Any]:
        """Return what the API answers, which is a JSON object.

        Args:
            what: kind and name of the object, for the error.
            path: its path, such as that of `object_path`.

        Raises:
            AbsentError: if there is none.
            NotAllowedError: if this user may not read it.
            ServiceError: if the kubeconfig cannot be used, or the cluster does not answer; it is not asked again then.
        """
        # The kubeconfig and the way there are the same for everything else.
        for key in ("", path):
            if key in self._read:
                known = self._read[key]
                if isinstance(known, ServiceError):
                    raise known
                return known
        try:
            found = self._read[path] = self._asked(what, path)
        except ServiceError as error:
            self._read[path if isinstance(error, AbsentError | NotAllowedError) else ""] = error
            raise
        return found

    def items(self, what: str, path: str) -> list[dict[str, Any]]:
        """Return the objects of a list.

        Raises:
            ServiceError: as for `get`.
        """
        return list(self.get(what, path).get("items") or [])

    def _asked(self, what: str, path: str) -> dict[str, Any]:
        if self._api is None:
            self._api = api_client(self._kubeconfig, self._context)
        with reading(what):
            method, url, headers, *_ = self._api.param_serialize("GET", path, auth_settings=["BearerToken"])
            response = self._api.call_api(method, url, headers, _request_timeout=TIMEOUT_SECONDS)
            response.read()
            answer: Any = self._api.response_deserialize(response, {"2XX": "object"}).data
        if not isinstance(answer, dict):
            raise UnreachableClusterError(
                "something other than the Kubernetes API answers at the kubeconfig's address; check whether a proxy "
                "answers in its place"
            )
        return answer


def object_path(api_version: str, plural: str, namespace: str | None = None, name: str | None = None) -> str:
    """Return the path of an object, or of a list without a name."""
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    within = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}{within}/{plural}{f'/{name}' if name else ''}"


def api_client(kubeconfig: str, context: str) -> Any:
    """Return a client of the `kubernetes` package.

    Args:
        kubeconfig: path of the kubeconfig; empty means the machine's own.
        context: its context.

    Raises:
        ServiceError: if the kubeconfig cannot be used; its text is never quoted.
    """
    from kubernetes import client, config  # noqa: PLC0415 - most of a second, for those who wait anyway

    # The client would send a request that was not answered three times more.
    settings = client.Configuration()
    settings.retries = False
    try:
        api = config.new_client_from_config(kubeconfig or None, context, client_configuration=settings)
    except Exception as error:  # whatever it is, its text may quote the kubeconfig
        raise ServiceError(f"the kubeconfig's context '{context}' cannot be used ({type(error).__name__})") from None
    if not settings.verify_ssl:
        # The kubeconfig says so; urllib3 would repeat it with every request.
        warnings.filterwarnings("ignore", "Unverified HTTPS request")
    return api


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Explain what happens while an object is read.

    Args:
        what: kind and name of the object.

    Raises:
        AbsentError: if there is none.
        NotAllowedError: if this user may not read it.
        ServiceError: if the cluster cannot be asked, or refuses.
    """
    from kubernetes.client import ApiException  # noqa: PLC0415

    try:
        yield
    except ApiException as error:
        if not error.status:
            # The client's own error for a failed TLS handshake.
            raise UnreachableClusterError(
                "the cluster's certificate is not one that the kubeconfig trusts; check its certificate-authority"
            ) from None
        said = f": {reason}" if (reason := _reason(error.body)) else ""
        text = f"{what} cannot be read ({error.status} {error.reason}{said})"
        raise _KINDS.get(error.status, ServiceError)(text) from None
    except Exception as error:
        raise UnreachableClusterError(f"the cluster cannot be reached ({type(error).__name__})") from None


def _reason(body: str | bytes | None) -> str:
    """Return the API server's own reason; empty where it is none, as from a proxy."""
    try:
        return str(json.loads(body or "")["message"])
    except (ValueError, KeyError, TypeError):
        return ""


def read_secret(kubeconfig: str, context: str, namespace: str, name: str) -> dict[str, str]:
    """Return a Secret's data in clear.

    Args:
        kubeconfig: path of the kubeconfig; empty means the machine's own.
        context: its context.
        namespace: the Secret's namespace.
        name: the Secret's name.

    Raises:
        ServiceError: if the cluster cannot be asked, or refuses.
    """
    from kubernetes import client  # noqa: PLC0415

    core = client.CoreV1Api(api_client(kubeconfig, context))
    with reading(f"Secret '{name}'"):
        data = core.read_namespaced_secret(name, namespace, _request_timeout=TIMEOUT_SECONDS).data or {}
    return {key: base64.b64decode(value).decode() for key, value in data.items()}
