"""Stand-in for the controllers of Kargo and External Secrets: answers the waits of `pulumi up`, and receives webhooks.

It promotes nothing: no Freight, no commit. `make push` says what Kargo would do with a delivery. After its lifetime it
ends every server of the sandbox, itself last.
"""

import base64
import datetime
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from kubernetes import dynamic
from kubernetes.client.exceptions import ApiException

from sandbox import processes
from sandbox.kubernetes_api import apply, client
from sandbox.layout import Layout
from sandbox.standins import webhook_server
from sandbox.standins.kargo import KARGO, project_config_status

_SECONDS = 0.3


def ready(live: dict[str, Any], status: str = "True", message: str = "stand-in: nothing was checked") -> dict[str, Any]:
    """Return a Ready condition as the API wants it."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    old = next((c for c in (live.get("status") or {}).get("conditions", []) if c["type"] == "Ready"), None)
    since = old["lastTransitionTime"] if old and old["status"] == status else now
    return {"type": "Ready", "status": status, "reason": "Synced", "message": message, "lastTransitionTime": since}


class Controllers:
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
        self._each("external-secrets.io/v1", "ExternalSecret", self._external_secret)

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
        try:
            live = (
                self._api.resources.get(api_version="v1", kind="Secret").get(name=name, namespace=namespace).to_dict()
            )
        except ApiException:
            return None
        return {key: base64.b64decode(value).decode() for key, value in (live.get("data") or {}).items()}

    def _project_config(self, live: dict[str, Any]) -> dict[str, Any]:
        status, problem = project_config_status(live, self._secret, self._webhooks_url)
        condition = ready(live, "False", problem) if problem else ready(live)
        return {**status, "conditions": [condition]}

    def _external_secret(self, live: dict[str, Any]) -> dict[str, Any]:
        """Make the Secret that External Secrets would, from a store of its `fake` provider."""
        spec, namespace = live["spec"], live["metadata"]["namespace"]
        stores = self._api.resources.get(api_version="external-secrets.io/v1", kind="ClusterSecretStore")
        try:
            store = stores.get(name=spec["secretStoreRef"]["name"]).to_dict()
        except ApiException:
            return {"conditions": [ready(live, "False", "no such ClusterSecretStore")]}
        vault = {entry["key"]: entry["value"] for entry in store["spec"]["provider"]["fake"]["data"]}
        values = {entry["secretKey"]: vault.get(entry["remoteRef"]["key"]) for entry in spec["data"]}
        if None in values.values():
            return {"conditions": [ready(live, "False", "the vault has no such key")]}
        template = spec["target"]["template"]
        data = dict(template["data"])
        for key, value in values.items():
            data = {k: v.replace("{{ ." + key + " }}", value) for k, v in data.items()}
        owner = {"apiVersion": live["apiVersion"], "kind": "ExternalSecret", "controller": True}
        owner |= {"name": live["metadata"]["name"], "uid": live["metadata"]["uid"]}
        metadata = {**template["metadata"], "name": spec["target"]["name"], "namespace": namespace}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {**metadata, "ownerReferences": [owner]}}
        if self._secret(namespace, spec["target"]["name"]) != data:
            apply(self._api, {**secret, "stringData": data})
        return {"conditions": [ready(live)]}


def main() -> None:
    """Run until the sandbox's lifetime is over (SANDBOX_HOURS, default 12)."""
    layout = Layout.from_environment()
    end = time.monotonic() + float(os.environ.get("SANDBOX_HOURS", "12")) * 3600
    print("stand-in for the controllers of Kargo and External Secrets", flush=True)
    server = webhook_server.create(layout)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    controllers = Controllers(client(layout.kubeconfig), layout.webhooks_url)
    while time.monotonic() < end:
        try:
            controllers.reconcile()
        except Exception as error:  # the API may be stopping, or an object gone between list and patch
            print(f"{type(error).__name__}: trying again", flush=True)
        time.sleep(_SECONDS)
    processes.stop_all(layout)


if __name__ == "__main__":
    main()
