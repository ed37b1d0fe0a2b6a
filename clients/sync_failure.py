"""The reason why External Secrets did not sync an ExternalSecret, or why a store is not ready.

Conditions of External Secrets 2.9 only report a failure; the reason is in a Warning event. Kubernetes limits the events
of an object: after 25, client-go's recorder drops all but one every five minutes. So the newest event may be outdated.
"""

import contextlib
import datetime
from collections.abc import Mapping
from typing import Any

from clients.azure_errors import Reading, explained
from clients.cluster import Cluster, object_path
from clients.conditions import condition, described
from clients.connection import ServiceError

_API = "external-secrets.io/v1"
# The clocks of this machine and of the cluster may differ.
_CLOCKS = datetime.timedelta(seconds=5)
_NEVER = datetime.datetime.fromtimestamp(0, datetime.UTC)


def store_of(live: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return kind, name and path of an ExternalSecret's store."""
    reference, namespace = live["spec"]["secretStoreRef"], live["metadata"].get("namespace")
    kind, name = reference.get("kind") or "SecretStore", reference["name"]
    return kind, name, object_path(_API, f"{kind.lower()}s", namespace if kind == "SecretStore" else None, name)


def reason(cluster: Cluster, live: Mapping[str, Any], since: datetime.datetime) -> str:
    """Return why an ExternalSecret is not ready, with the fix if it is known.

    A store that is not ready is the reason. Otherwise the ExternalSecret's own event contains it.

    Args:
        cluster: the cluster.
        live: the ExternalSecret.
        since: start of the failed attempt. An older event is marked as possibly outdated.
    """
    kind, name, path = store_of(live)
    try:
        store = cluster.get(f"{kind} '{name}'", path)
    except ServiceError:
        store = {}
    if condition(store, "Ready").get("status") == "False":
        return f"{kind} '{name}': {_told(cluster, store, store, live, since)}"
    return _told(cluster, live, store, live, since)


def store_reason(cluster: Cluster, store: Mapping[str, Any], since: datetime.datetime) -> str:
    """Return why a store is not ready, with the fix if it is known; see `reason`."""
    return _told(cluster, store, store, None, since)


def _told(
    cluster: Cluster,
    failing: Mapping[str, Any],
    store: Mapping[str, Any],
    live: Mapping[str, Any] | None,
    since: datetime.datetime,
) -> str:
    """Return the reason in the newest Warning event of `failing`."""
    metadata = failing["metadata"]
    selector = f"fieldSelector=involvedObject.uid%3D{metadata['uid']},type%3DWarning"
    # The events of an object without a namespace are in this one.
    path = object_path("v1", "events", metadata.get("namespace", "default"))
    try:
        events = cluster.items("the events", f"{path}?{selector}")
    except ServiceError:
        return f"{described(failing, 'Ready')} (its events contain the reason, but this user may not list events)"
    newest = max(events, key=_time, default=None)
    if newest is None:
        return explained(described(failing, "Ready"))
    text = str(newest.get("message"))
    told = explained(text, _reading(cluster, store, live, is_entras="AADSTS" in text))
    if _time(newest) + _CLOCKS >= since:
        return told
    return (
        f"{told}; reported at {_time(newest):%Y-%m-%d %H:%M:%S} UTC and perhaps outdated, because Kubernetes drops "
        "events of an object that has many; the log of External Secrets' controller has the newest reason"
    )


def _time(event: Mapping[str, Any]) -> datetime.datetime:
    """Return when an event was reported last."""
    series = (event.get("series") or {}).get("lastObservedTime")
    written = series or event.get("lastTimestamp") or event.get("eventTime")
    return datetime.datetime.fromisoformat(str(written)) if written else _NEVER


def _reading(cluster: Cluster, store: Mapping[str, Any], live: Mapping[str, Any] | None, is_entras: bool) -> Reading:
    """Return what is known of the secret, the vault and the identity. Of another store than Azure's, only the secret.

    Args:
        cluster: the cluster.
        store: the store; empty if this user may not read it.
        live: the ExternalSecret; None if only the store fails.
        is_entras: whether the cluster's issuer is of interest.
    """
    key = live["spec"]["data"][0]["remoteRef"]["key"] if live else ""
    vault = ((store.get("spec") or {}).get("provider") or {}).get("azurekv")
    if not vault:
        return Reading(key)
    url, tenant = vault.get("vaultUrl", ""), vault.get("tenantId", "")
    account = vault.get("serviceAccountRef")
    namespace = store["metadata"].get("namespace") or (account or {}).get("namespace")
    if not account or not namespace:
        return Reading(key, url, tenant=tenant)
    name: str = account["name"]
    annotations: Mapping[str, str] = {}
    what, path = f"ServiceAccount '{name}'", object_path("v1", "serviceaccounts", namespace, name)
    with contextlib.suppress(ServiceError):
        annotations = cluster.get(what, path)["metadata"].get("annotations") or {}
    return Reading(
        key,
        url,
        client=annotations.get("azure.workload.identity/client-id", ""),
        tenant=tenant or annotations.get("azure.workload.identity/tenant-id", ""),
        subject=f"system:serviceaccount:{namespace}:{name}",
        issuer=_issuer(cluster) if is_entras else "",
    )


def _issuer(cluster: Cluster) -> str:
    """Return the issuer of the cluster's tokens; empty if this user may not read it."""
    try:
        return str(cluster.read("the issuer", "/.well-known/openid-configuration").get("issuer") or "")
    except ServiceError:
        return ""
