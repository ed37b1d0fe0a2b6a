"""A client of the sandbox's cluster, for the stand-in controllers and for tests."""

import base64
import json
from typing import Any

from kubernetes import dynamic
from kubernetes.client.exceptions import ApiException

_PATCH = "application/merge-patch+json"


class Objects:
    """Reads and writes objects. Threads may share it.

    Args:
        api: the sandbox's cluster.
    """

    def __init__(self, api: dynamic.DynamicClient) -> None:
        self.api = api

    def all(self, api_version: str, kind: str, namespace: str | None = None, **more: str) -> list[dict[str, Any]]:
        """Return the objects of a kind, ordered by name, without objects that are being deleted."""
        items = content(self._kind(api_version, kind).get(namespace=namespace, serialize=False, **more))["items"]
        known = {"apiVersion": api_version, "kind": kind}
        return [known | item for item in items if not item["metadata"].get("deletionTimestamp")]

    def get(self, api_version: str, kind: str, namespace: str | None, name: str) -> dict[str, Any] | None:
        """Return one object; None if it is missing."""
        try:
            found = content(self._kind(api_version, kind).get(name=name, namespace=namespace, serialize=False))
        except ApiException as error:
            if error.status != 404:
                raise
            return None
        return found

    def create(self, manifest: dict[str, Any]) -> dict[str, Any] | None:
        """Create an object and return it; None if it exists already."""
        kind, namespace = self._kind(manifest["apiVersion"], manifest["kind"]), manifest["metadata"].get("namespace")
        try:
            made = content(kind.create(body=manifest, namespace=namespace, serialize=False))
        except ApiException as error:
            if error.status != 409:
                raise
            return None
        return self.written(made)

    def report(self, live: dict[str, Any], status: dict[str, Any]) -> None:
        """Merge `status` into the status of an object, if it differs. The value None removes a key."""
        old = live.get("status") or {}
        if all(old.get(key) == value for key, value in status.items()):
            return
        self._patch(self._kind(live["apiVersion"], live["kind"]).status, live, {"status": status})

    def annotate(self, live: dict[str, Any], annotations: dict[str, str]) -> None:
        """Set annotations."""
        self._patch(self._kind(live["apiVersion"], live["kind"]), live, {"metadata": {"annotations": annotations}})

    def delete(self, api_version: str, kind: str, namespace: str | None, name: str) -> None:
        """Delete an object, if it exists."""
        try:
            self._kind(api_version, kind).delete(name=name, namespace=namespace)
        except ApiException as error:
            if error.status != 404:
                raise

    def secret(self, namespace: str, name: str) -> dict[str, str] | None:
        """Return the decoded data of a Secret; None if the Secret is missing."""
        live = self.get("v1", "Secret", namespace, name)
        return None if live is None else clear(live)

    def service_account_token(self, namespace: str, name: str, audiences: list[str]) -> str:
        """Return a token of a ServiceAccount.

        Raises:
            ApiException: if the API refuses, for example because the ServiceAccount is missing.
        """
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": audiences}}
        tokens = self._kind("v1", "ServiceAccount").subresources["token"]
        return str(tokens.create(name=name, namespace=namespace, body=request).status.token)

    def written(self, live: dict[str, Any]) -> dict[str, Any]:
        """Return an object that was written. A subclass may keep it."""
        return live

    def _patch(self, resource: Any, live: dict[str, Any], body: dict[str, Any]) -> None:
        named = {"name": live["metadata"]["name"], "namespace": live["metadata"].get("namespace")}
        self.written(content(resource.patch(body=body, content_type=_PATCH, serialize=False, **named)))

    def _kind(self, api_version: str, kind: str) -> Any:
        return self.api.resources.get(api_version=api_version, kind=kind)


def content(response: Any) -> dict[str, Any]:
    """Return the JSON of a response. The client's own objects take ten times as long."""
    found: dict[str, Any] = json.loads(response.data)
    return found


def clear(secret: dict[str, Any]) -> dict[str, str]:
    """Return the decoded data of a Secret."""
    return {key: base64.b64decode(value).decode() for key, value in (secret.get("data") or {}).items()}
