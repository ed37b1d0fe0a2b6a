"""The stand-in controllers' loop: statuses of what the program creates, and the Secrets of ExternalSecrets."""

import base64
import contextlib
import datetime
from collections.abc import Callable
from typing import Any

from kubernetes import dynamic
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.exceptions import NotFoundError

from sandbox.real.kubernetes_api import apply
from sandbox.standins.controllers.conditions import ready
from sandbox.standins.controllers.external_secrets import EXTERNAL_SECRETS, FAILED, NotSyncedError, secret_of
from sandbox.standins.controllers.kargo import KARGO, project_config_status


class Reconciler:
    """Reconciles what the program creates, by looking at it a few times a second.

    Args:
        api: the sandbox's cluster.
        webhooks_url: base URL of the receiver.
    """

    def __init__(self, api: dynamic.DynamicClient, webhooks_url: str) -> None:
        self._api = api
        self._webhooks_url = webhooks_url

    def reconcile(self) -> None:
        """Bring every object's status up to date once."""
        self._each(KARGO, "Project", lambda live: {"conditions": [ready(live)]})
        self._each(KARGO, "ProjectConfig", self._project_config)
        self._each(EXTERNAL_SECRETS, "ExternalSecret", self._external_secret)

    def _each(self, api_version: str, kind: str, status_of: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        resource = self._api.resources.get(api_version=api_version, kind=kind)
        for item in resource.get().to_dict()["items"]:
            live = {"apiVersion": api_version, "kind": kind, **item}
            if live["metadata"].get("deletionTimestamp"):
                continue
            wanted = {**(live.get("status") or {}), **status_of(live)}
            if wanted != live.get("status"):
                resource.status.patch(
                    body={"status": wanted},
                    name=live["metadata"]["name"],
                    namespace=live["metadata"].get("namespace"),
                    content_type="application/merge-patch+json",
                )

    def _secret(self, namespace: str, name: str) -> dict[str, str] | None:
        secrets = self._api.resources.get(api_version="v1", kind="Secret")
        try:
            live = secrets.get(name=name, namespace=namespace).to_dict()
        except ApiException:
            return None
        return {key: base64.b64decode(value).decode() for key, value in (live.get("data") or {}).items()}

    def _project_config(self, live: dict[str, Any]) -> dict[str, Any]:
        status, problem = project_config_status(live, self._secret, self._webhooks_url)
        condition = ready(live, "False", problem) if problem else ready(live)
        return {**status, "conditions": [condition]}

    def _external_secret(self, live: dict[str, Any]) -> dict[str, Any]:
        stores = self._api.resources.get(api_version=EXTERNAL_SECRETS, kind="ClusterSecretStore")
        try:
            store = stores.get(name=live["spec"]["secretStoreRef"]["name"]).to_dict()
        except ApiException:
            store = None
        try:
            secret, data = secret_of(live, store)
        except NotSyncedError as error:
            failed = ready(live, "False", FAILED)
            if failed not in ((live.get("status") or {}).get("conditions") or []):
                self._warn(live, str(error))
            return {"conditions": [failed]}
        name, namespace = secret["metadata"]["name"], secret["metadata"]["namespace"]
        self._delete_orphans(live, name)
        if self._secret(namespace, name) != data:
            apply(self._api, secret)
        return {"conditions": [ready(live)], "binding": {"name": name}}

    def _delete_orphans(self, live: dict[str, Any], name: str) -> None:
        """Delete what the ExternalSecret made under another name; External Secrets does so before it makes the new."""
        secrets = self._api.resources.get(api_version="v1", kind="Secret")
        bound = ((live.get("status") or {}).get("binding") or {}).get("name")
        if bound and bound != name:
            with contextlib.suppress(NotFoundError):
                secrets.delete(name=bound, namespace=live["metadata"]["namespace"])

    def _warn(self, live: dict[str, Any], message: str) -> None:
        metadata = live["metadata"]
        about = {"apiVersion": live["apiVersion"], "kind": live["kind"], "name": metadata["name"]}
        event = {
            "metadata": {"generateName": f"{metadata['name']}.", "namespace": metadata["namespace"]},
            "involvedObject": {**about, "namespace": metadata["namespace"], "uid": metadata["uid"]},
            "type": "Warning",
            "reason": "UpdateFailed",
            "message": message,
            "lastTimestamp": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "source": {"component": "external-secrets (stand-in)"},
        }
        self._api.resources.get(api_version="v1", kind="Event").create(body=event, namespace=metadata["namespace"])
