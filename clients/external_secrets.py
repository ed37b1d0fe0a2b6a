"""External Secrets, as the cluster shows it: whether ExternalSecrets are synced, and in its own words why not."""

import re
import time
from collections.abc import Mapping
from typing import Any

from clients.cluster import api_client, reading
from clients.connection import TIMEOUT_SECONDS, ServiceError

_API = ("external-secrets.io", "v1", "externalsecrets")
_POLL_SECONDS = 0.3
# A first failure may pass, such as a store that was made a moment ago.
_FAILING_SECONDS = 15.0
_SILENT_SECONDS = 60.0
_LONGEST_REASON = 400
# What External Secrets 2.9 and its Azure Key Vault provider say, by what is the matter; the first that matches.
_CAUSES = {
    r"store.*not found|not found.*store": "the store is not there; correct secretStore, or create it",
    r"does not exist|not found": "the vault has no such key; correct key, or write it to the vault",
    r"forbidden|unauthorized|403|401|access denied|clientid": (
        "the vault refuses the store's identity; give it the role Key Vault Secrets User"
    ),
    r"no such host|dial tcp|resolve|timeout|deadline exceeded": (
        "the vault cannot be reached from the cluster; look at the store's vaultUrl"
    ),
}


class SyncError(ServiceError):
    """An ExternalSecret was not synced; the text says why and what to change."""


class ExternalSecrets:
    """The ExternalSecrets of one namespace.

    Args:
        kubeconfig: path of the kubeconfig; empty means the machine's own.
        context: its context.
        namespace: the namespace.

    Raises:
        ServiceError: if the kubeconfig cannot be used.
    """

    def __init__(self, kubeconfig: str, context: str, namespace: str) -> None:
        from kubernetes import client  # noqa: PLC0415 - most of a second, for those who wait anyway

        api = api_client(kubeconfig, context)
        self._namespace = namespace
        self._objects = client.CustomObjectsApi(api)
        self._core = client.CoreV1Api(api)
        self._refused = client.ApiException

    def wait(self, secrets: Mapping[str, str]) -> None:
        """Wait until every ExternalSecret has made its Secret.

        Args:
            secrets: ExternalSecret to the name of its Secret.

        Raises:
            SyncError: if one fails for 15 seconds, or External Secrets does not look at it for a minute.
            ServiceError: if the cluster cannot be asked, or refuses.
        """
        started = time.monotonic()
        while missing := {name: live for name in secrets if not _has_made(live := self._get(name), secrets[name])}:
            elapsed = time.monotonic() - started
            failed = next((n for n, waiting in missing.items() if _ready(waiting).get("status") == "False"), None)
            if failed and elapsed > _FAILING_SECONDS:
                raise SyncError(f"ExternalSecret '{failed}': {explained(self._reason(missing[failed]))}")
            if elapsed > _SILENT_SECONDS:
                name = next(iter(missing))
                raise SyncError(
                    f"ExternalSecret '{name}': External Secrets has not looked at it in {_SILENT_SECONDS:.0f} s; see "
                    "that its controller runs"
                )
            time.sleep(_POLL_SECONDS)

    def _get(self, name: str) -> dict[str, Any]:
        group, version, plural = _API
        with reading(f"ExternalSecret '{name}'"):
            live: Any = self._objects.get_namespaced_custom_object(
                group, version, self._namespace, plural, name, _request_timeout=TIMEOUT_SECONDS
            )
        return dict(live)

    def _reason(self, live: dict[str, Any]) -> str:
        """Return what went wrong; the condition only says that something did, the details stand in an event."""
        said = str(_ready(live).get("message"))
        try:
            events = self._core.list_namespaced_event(
                self._namespace,
                field_selector=f"involvedObject.uid={live['metadata']['uid']},type=Warning",
                _request_timeout=TIMEOUT_SECONDS,
            ).items
        except self._refused:
            return f"{said} (the reason stands in its events, which this login may not list)"
        events.sort(key=lambda event: str(event.last_timestamp or event.event_time or ""))
        return str(events[-1].message) if events else said


def _ready(live: dict[str, Any]) -> dict[str, Any]:
    conditions = (live.get("status") or {}).get("conditions") or []
    return next((condition for condition in conditions if condition["type"] == "Ready"), {})


def _has_made(live: dict[str, Any], secret: str) -> bool:
    """Return whether an ExternalSecret is bound to `secret` and content with it; one without the other may be old."""
    binding = (live.get("status") or {}).get("binding") or {}
    return binding.get("name") == secret and _ready(live).get("status") == "True"


def explained(reason: str) -> str:
    """Return External Secrets' reason in one line, behind what to do about it where that is known."""
    line = " ".join(reason.split())[:_LONGEST_REASON]
    cause = next((cause for words, cause in _CAUSES.items() if re.search(words, line, re.IGNORECASE)), None)
    return f"{cause} ({line})" if cause else line
