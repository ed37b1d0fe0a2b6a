"""Checks of the cluster, Kargo and External Secrets."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from clients.cluster import AbsentError, NotAllowedError, object_path
from kargo.credentials import credentials
from kargo.names import EXTERNAL_SECRETS_API, KARGO_API
from kargo.receivers import receivers
from model.source import StackSource
from ops.doctor.finding import Check, Finding, failed, ok
from ops.doctor.subject import Subject

_KARGO_KINDS = ("Project", "ProjectConfig", "Warehouse", "Stage", "PromotionTask", "Freight", "Promotion")
# In earlier versions users could circumvent the permission to promote (CVE-2026-27111).
_KARGO = (1, 9, 3)
# The first version with a receiver for pull requests of Gitea.
_KARGO_FOR_PULL_REQUESTS = (1, 11, 0)
_EXTERNAL_SECRETS = (2, 0, 0)

Version = tuple[int, ...]


def checks(subject: Subject) -> Iterator[Check]:
    """Yield the checks of the Kubernetes API, of Kargo and, if the stack needs it, of External Secrets."""
    yield "Kubernetes API", partial(_api, subject)
    takes_giteas_pull_requests = any(receiver.kind == "gitea" for receiver in receivers(subject.stack))
    least = _KARGO_FOR_PULL_REQUESTS if takes_giteas_pull_requests else _KARGO
    yield "Kargo", partial(_controller, subject, "kargo", KARGO_API, _KARGO_KINDS, least)
    if any(not isinstance(credential.source, StackSource) for credential in credentials(subject.stack)):
        kinds, least = ("ExternalSecret",), _EXTERNAL_SECRETS
        yield "External Secrets", partial(_controller, subject, "external-secrets", EXTERNAL_SECRETS_API, kinds, least)


def _api(subject: Subject) -> Finding:
    """Check that the cluster answers, and that it is the cluster of the last `up`."""
    version = subject.cluster.get("the version", "/version").get("gitVersion")
    context, recorded = subject.stack.kubernetes.context, _recorded_uid(subject)
    try:
        live = subject.cluster.uid() if recorded else ""
    except (NotAllowedError, AbsentError):
        live = ""
    if live and live != recorded:
        return failed(
            f"{version}, context {context}: another cluster than at the last up",
            "the cluster of the last up",
            f"correct the kubeconfig, or run to deploy to this cluster: {subject.again}",
        )
    return ok(f"{version}, context {context}")


def _recorded_uid(subject: Subject) -> str:
    """Return the identity of the cluster in the stack's state; empty before the first `up` that records it."""
    resources = subject.deployment.get("resources") or []
    found = (r for r in resources if str(r.get("type", "")).endswith(":ClusterIdentity"))
    return next((str((resource.get("outputs") or {}).get("uid") or "") for resource in found), "")


def _controller(subject: Subject, name: str, api: str, kinds: tuple[str, ...], least: Version) -> Finding:
    """Check the kinds that a chart installs, and the version in the labels of its Deployments."""
    try:
        served = {r["kind"] for r in subject.cluster.get(f"API {api}", f"/apis/{api}").get("resources") or []}
    except AbsentError:
        served = set()
    if missing := [kind for kind in kinds if kind not in served]:
        found = f"{', '.join(missing)} missing in API {api}" if served else f"API {api} is missing"
        return failed(found, f"the CRDs of {name} {_written(least)} or newer", f"install or upgrade Helm chart {name}")
    try:
        versions = _versions(subject, name)
    except NotAllowedError:
        return ok(f"{api}; this user may not read its version")
    if not versions:
        return ok(f"{api}; no Deployment has a label with its version")
    if min(versions) < least:
        return failed(_written(min(versions)), f"{_written(least)} or newer", f"upgrade Helm chart {name}")
    return ok(_written(min(versions)))


def _versions(subject: Subject, name: str) -> list[Version]:
    """Return the versions in the labels of a chart's Deployments."""
    path = f"{object_path('apps/v1', 'deployments')}?labelSelector=app.kubernetes.io/name={name}"
    deployments: list[dict[str, Any]] = subject.cluster.items(f"the Deployments of {name}", path)
    labels = [deployment["metadata"]["labels"].get("app.kubernetes.io/version", "") for deployment in deployments]
    return [tuple(map(int, re.findall(r"\d+", label)[:3])) for label in labels if re.match(r"v?\d+\.\d+", label)]


def _written(version: Version) -> str:
    return ".".join(map(str, version))
