"""The cluster's API, through the kubeconfig context that the stack names."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clients.connection import ServiceError


def api_client(kubeconfig: str, context: str) -> Any:
    """Return a client of the `kubernetes` package.

    Args:
        kubeconfig: path of the kubeconfig; empty means the machine's own.
        context: its context.

    Raises:
        ServiceError: if the kubeconfig cannot be used; its text is never quoted.
    """
    from kubernetes import config  # noqa: PLC0415 - most of a second, for those who wait anyway

    try:
        return config.new_client_from_config(kubeconfig or None, context)
    except Exception as error:  # whatever it is, its text may quote the kubeconfig
        raise ServiceError(f"the kubeconfig's context '{context}' cannot be used ({type(error).__name__})") from None


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Explain what happens while an object is read.

    Args:
        what: kind and name of the object.

    Raises:
        ServiceError: if the cluster cannot be asked, or refuses.
    """
    from kubernetes.client import ApiException  # noqa: PLC0415

    try:
        yield
    except ApiException as error:
        raise ServiceError(f"{what} cannot be read ({error.status} {error.reason})") from None
    except Exception as error:
        raise ServiceError(f"the cluster cannot be reached ({type(error).__name__})") from None


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
        data = core.read_namespaced_secret(name, namespace).data or {}
    return {key: base64.b64decode(value).decode() for key, value in data.items()}
