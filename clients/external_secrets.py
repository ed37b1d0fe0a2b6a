"""External Secrets in the cluster: whether ExternalSecrets are synced, and the reason if they are not."""

import contextlib
import datetime
import time
from collections.abc import Iterable, Mapping
from typing import Any

from clients.cluster import AbsentError, Cluster, NotAllowedError, object_path
from clients.conditions import condition, is_true
from clients.connection import ServiceError
from clients.sync_failure import reason, store_of

_API = "external-secrets.io/v1"
_POLL_SECONDS = 0.3
# Times at which a sync is requested if an ExternalSecret fails. At the first one the failure is an old one: External
# Secrets repeats a failed sync after up to seven minutes (2.9). At the second one it may have been temporary, for
# example because the store was created a moment ago.
_REQUESTED_AT = (0.0, 15.0)
_FAILING_SECONDS = 25.0
_SILENT_SECONDS = 60.0
# A vault that does not answer keeps the only worker of External Secrets busy for two minutes for each ExternalSecret:
# four attempts, each with a dial timeout of 30 s (2.9, azcore 1.19). Meanwhile no status changes.
_UNANSWERED_SECONDS = 30.0


class SyncError(ServiceError):
    """An ExternalSecret was not synced; the text contains the reason and the fix."""


class ExternalSecrets:
    """ExternalSecrets of one namespace, read with a `Cluster`."""

    def __init__(self, kubeconfig: str, context: str, namespace: str) -> None:
        self._cluster, self._namespace = Cluster(kubeconfig, context), namespace

    def wait(self, secrets: Mapping[str, str]) -> None:
        """Wait until every ExternalSecret has created its Secret. If one fails, request a sync of its store and of it.

        Args:
            secrets: name of the Secret by the name of its ExternalSecret.

        Raises:
            SyncError: if an ExternalSecret fails for 25 seconds, or is not handled for a minute, or for 30 seconds if
                its SecretStore names a vault.
            ServiceError: if the cluster does not answer, or refuses.
        """
        started, since = time.monotonic(), datetime.datetime.now(datetime.UTC)
        times, waiting = list(_REQUESTED_AT), set[str]()
        while True:
            live = {name: self._cluster.read(f"ExternalSecret '{name}'", self._path(name)) for name in secrets}
            missing = [name for name, secret in secrets.items() if not _has_created(live[name], secret)]
            if not missing:
                return
            failing = [name for name in missing if condition(live[name], "Ready").get("status") == "False"]
            elapsed = time.monotonic() - started
            if times and elapsed >= times[0]:
                times.pop(0)
                self._sync_stores(live[name] for name in failing)
                waiting.update(failing)
            # With a store that is not ready, the sync would fail and its next one would be minutes later.
            for name in [name for name in waiting if self._has_ready_store(live[name])]:
                self._sync(f"ExternalSecret '{name}'", self._path(name))
                waiting.discard(name)
            if failing and elapsed > _FAILING_SECONDS:
                raise SyncError(f"ExternalSecret '{failing[0]}': {reason(self._cluster, live[failing[0]], since)}")
            if elapsed > _UNANSWERED_SECONDS and (vault := self._vault(live[missing[0]])):
                raise SyncError(
                    f"ExternalSecret '{missing[0]}': External Secrets has not handled it in "
                    f"{_UNANSWERED_SECONDS:.0f} s; check vaultUrl of the store, that the cluster can reach {vault}, "
                    "and that External Secrets' controller runs; a vault that does not answer keeps it busy"
                )
            if elapsed > _SILENT_SECONDS:
                raise SyncError(
                    f"ExternalSecret '{missing[0]}': External Secrets has not handled it in {_SILENT_SECONDS:.0f} s; "
                    "check that its controller runs, and in its log that no unreachable store keeps it busy"
                )
            time.sleep(_POLL_SECONDS)

    def _path(self, name: str) -> str:
        return object_path(_API, "externalsecrets", self._namespace, name)

    def _sync_stores(self, lives: Iterable[Mapping[str, Any]]) -> None:
        """Request a check of the stores of this namespace; others belong to somebody else."""
        for kind, name, path in {store_of(live) for live in lives}:
            if kind == "SecretStore":
                self._sync(f"{kind} '{name}'", path)

    def _sync(self, what: str, path: str) -> None:
        # Any new value makes External Secrets look at the object at once.
        with contextlib.suppress(AbsentError, NotAllowedError):
            self._cluster.annotate(what, path, {"force-sync": str(time.time_ns())})

    def _has_ready_store(self, live: Mapping[str, Any]) -> bool:
        """Return whether an ExternalSecret's store is ready, as far as this user may read it."""
        return condition(self._store(live), "Ready").get("status") != "False"

    def _vault(self, live: Mapping[str, Any]) -> str:
        """Return the URL of the vault in a SecretStore of this namespace that is ready; empty for any other store."""
        store = self._store(live) if store_of(live)[0] == "SecretStore" else {}
        vault = ((store.get("spec") or {}).get("provider") or {}).get("azurekv") or {}
        return str(vault.get("vaultUrl") or "") if is_true(store, "Ready") else ""

    def _store(self, live: Mapping[str, Any]) -> dict[str, Any]:
        """Return an ExternalSecret's store; empty if it is missing or this user may not read it."""
        kind, name, path = store_of(live)
        try:
            return self._cluster.read(f"{kind} '{name}'", path)
        except (AbsentError, NotAllowedError):
            return {}


def _has_created(live: Mapping[str, Any], secret: str) -> bool:
    """Return whether an ExternalSecret is bound to `secret`, ready, and synced since its last change.

    One without the others may be outdated. External Secrets notes the generation that it has synced (2.9, util.go).
    """
    status, generation = live.get("status") or {}, live["metadata"].get("generation")
    is_synced = str(status.get("syncedResourceVersion")).startswith(f"{generation}-")
    return is_synced and (status.get("binding") or {}).get("name") == secret and is_true(live, "Ready")
