"""External Secrets in the cluster: whether ExternalSecrets are synced, and the reason if they are not."""

import re
import time
from collections.abc import Mapping
from typing import Any

from clients.cluster import Cluster, object_path
from clients.conditions import condition, described, is_true
from clients.connection import ServiceError

_API = "external-secrets.io/v1"
_POLL_SECONDS = 0.3
# A first failure may be temporary, for example if the store was created a moment ago.
_FAILING_SECONDS = 15.0
_SILENT_SECONDS = 60.0
_LONGEST_REASON = 400
# Messages of External Secrets 2.9 and its Azure Key Vault provider, and the fix. The first match is used.
_CAUSES = {
    r"store.*not found|not found.*store": "the store does not exist; correct secretStore, or create the store",
    r"does not exist|not found": "the vault does not contain this key; correct key, or write it to the vault",
    r"forbidden|unauthorized|403|401|access denied|clientid": (
        "the vault refuses the identity of the store; give it the role Key Vault Secrets User"
    ),
    r"no such host|dial tcp|resolve|timeout|deadline exceeded": (
        "the cluster cannot reach the vault; check the vaultUrl of the store"
    ),
}


class SyncError(ServiceError):
    """An ExternalSecret was not synced; the text contains the reason and the fix."""


class ExternalSecrets:
    """ExternalSecrets of one namespace, read with a `Cluster`."""

    def __init__(self, kubeconfig: str, context: str, namespace: str) -> None:
        self._kubeconfig, self._context, self._namespace = kubeconfig, context, namespace

    def wait(self, secrets: Mapping[str, str]) -> None:
        """Wait until every ExternalSecret has created its Secret.

        Args:
            secrets: name of the Secret by the name of its ExternalSecret.

        Raises:
            SyncError: if an ExternalSecret fails for 15 seconds, or is not handled for a minute.
            ServiceError: if the cluster does not answer, or refuses.
        """
        path, started = object_path(_API, "externalsecrets", self._namespace), time.monotonic()
        cluster = Cluster(self._kubeconfig, self._context)
        while True:
            live = {name: cluster.read(f"ExternalSecret '{name}'", f"{path}/{name}") for name in secrets}
            missing = [name for name, secret in secrets.items() if not _has_created(live[name], secret)]
            if not missing:
                return
            elapsed = time.monotonic() - started
            failed = next((name for name in missing if condition(live[name], "Ready").get("status") == "False"), None)
            if failed and elapsed > _FAILING_SECONDS:
                raise SyncError(f"ExternalSecret '{failed}': {reason(cluster, self._namespace, live[failed])}")
            if elapsed > _SILENT_SECONDS:
                raise SyncError(
                    f"ExternalSecret '{missing[0]}': External Secrets has not handled it in {_SILENT_SECONDS:.0f} s; "
                    "check that its controller runs"
                )
            time.sleep(_POLL_SECONDS)


def reason(cluster: Cluster, namespace: str, live: Mapping[str, Any]) -> str:
    """Return why an ExternalSecret is not ready, with the fix if it is known.

    Its condition only reports that the sync failed. The reason is in an event.
    """
    selector = f"fieldSelector=involvedObject.uid%3D{live['metadata']['uid']},type%3DWarning"
    try:
        events = cluster.items("the events", f"{object_path('v1', 'events', namespace)}?{selector}")
    except ServiceError:
        return f"{described(live, 'Ready')} (its events contain the reason, but this user may not list events)"
    events.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    return explained(str(events[-1].get("message")) if events else described(live, "Ready"))


def explained(text: str) -> str:
    """Return a message of External Secrets in one line, after the cause and the fix if they are known."""
    line = " ".join(text.split())[:_LONGEST_REASON]
    cause = next((cause for words, cause in _CAUSES.items() if re.search(words, line, re.IGNORECASE)), None)
    return f"{cause} ({line})" if cause else line


def _has_created(live: Mapping[str, Any], secret: str) -> bool:
    """Return whether an ExternalSecret is bound to `secret` and ready. One without the other may be outdated."""
    binding = (live.get("status") or {}).get("binding") or {}
    return binding.get("name") == secret and is_true(live, "Ready")
