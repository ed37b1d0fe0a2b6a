"""The stand-in controllers' loop: statuses of what the program creates, and the Secrets of ExternalSecrets."""

from collections.abc import Callable
from typing import Any

from sandbox.real.kubernetes_api import apply
from sandbox.standins.controllers.conditions import now, ready
from sandbox.standins.controllers.external_secrets import EXTERNAL_SECRETS, FAILED, NotSyncedError, secret_of
from sandbox.standins.controllers.kargo.controller import Controller
from sandbox.standins.controllers.kargo.names import KARGO
from sandbox.standins.controllers.kargo.project_config import project_config_status
from sandbox.standins.controllers.objects import Objects


class Reconciler:
    """Reconciles what the program creates, by looking at it a few times a second.

    Args:
        objects: the sandbox's cluster.
        webhooks_url: base URL of the receiver.
        kargo: reconciles what promotes.
    """

    def __init__(self, objects: Objects, webhooks_url: str, kargo: Controller) -> None:
        self._objects = objects
        self._webhooks_url = webhooks_url
        self._kargo = kargo

    def reconcile(self) -> None:
        """Bring every object's status up to date once."""
        self._each(KARGO, "Project", lambda live: {"conditions": [ready(live)]})
        self._each(KARGO, "ProjectConfig", self._project_config)
        self._each(EXTERNAL_SECRETS, "ExternalSecret", self._external_secret)
        self._kargo.reconcile()

    def _each(self, api_version: str, kind: str, status_of: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        for live in self._objects.all(api_version, kind):
            self._objects.report(live, status_of(live))

    def _project_config(self, live: dict[str, Any]) -> dict[str, Any]:
        status, problem = project_config_status(live, self._objects.secret, self._webhooks_url)
        condition = ready(live, "False", problem) if problem else ready(live)
        return {**status, "conditions": [condition]}

    def _external_secret(self, live: dict[str, Any]) -> dict[str, Any]:
        store = self._objects.get(EXTERNAL_SECRETS, "ClusterSecretStore", None, live["spec"]["secretStoreRef"]["name"])
        try:
            secret, data = secret_of(live, store)
        except NotSyncedError as error:
            failed = ready(live, "False", FAILED)
            if failed not in ((live.get("status") or {}).get("conditions") or []):
                self._warn(live, str(error))
            return {"conditions": [failed]}
        name, namespace = secret["metadata"]["name"], secret["metadata"]["namespace"]
        self._delete_orphans(live, name)
        if self._objects.secret(namespace, name) != data:
            apply(self._objects.api, secret)
        return {"conditions": [ready(live)], "binding": {"name": name}}

    def _delete_orphans(self, live: dict[str, Any], name: str) -> None:
        """Delete what the ExternalSecret made under another name; External Secrets does so before it makes the new."""
        bound = ((live.get("status") or {}).get("binding") or {}).get("name", name)
        if bound != name:
            self._objects.delete("v1", "Secret", live["metadata"]["namespace"], bound)

    def _warn(self, live: dict[str, Any], message: str) -> None:
        metadata = live["metadata"]
        about = {"apiVersion": live["apiVersion"], "kind": live["kind"], "name": metadata["name"]}
        event = {
            "metadata": {"generateName": f"{metadata['name']}.", "namespace": metadata["namespace"]},
            "involvedObject": {**about, "namespace": metadata["namespace"], "uid": metadata["uid"]},
            "type": "Warning",
            "reason": "UpdateFailed",
            "message": message,
            "lastTimestamp": now(),
            "source": {"component": "external-secrets (stand-in)"},
        }
        self._objects.create({"apiVersion": "v1", "kind": "Event", **event})
