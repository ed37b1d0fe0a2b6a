"""Checks of the cluster, Kargo and External Secrets."""

from collections.abc import Iterator
from functools import partial

from clients import kargo_release
from clients.cluster import AbsentError, NotAllowedError
from clients.kargo_release import ADVISORIES, SUPPORTED, Version, is_older, versions, written
from kargo.names import EXTERNAL_SECRETS_API, KARGO_API
from kargo.project_secrets import project_secrets
from kargo.receivers import receivers
from kargo.registry_hosts import FIX, REFUSED_SINCE, refused_host
from model.source import StackSource
from ops.doctor.finding import Check, Finding, failed, ok, unknown
from ops.doctor.subject import Subject

_KARGO_KINDS = ("Project", "ProjectConfig", "Warehouse", "Stage", "PromotionTask", "Freight", "Promotion")
# In earlier versions users could circumvent the permission to promote (CVE-2026-27111).
_KARGO = (1, 9, 3)
# The first version with a receiver for pull requests of Gitea.
_KARGO_FOR_PULL_REQUESTS = (1, 11, 0)
_EXTERNAL_SECRETS = (2, 0, 0)


def checks(subject: Subject) -> Iterator[Check]:
    """Yield the checks of the Kubernetes API, of Kargo and, if the stack needs it, of External Secrets."""
    yield "Kubernetes API", partial(_api, subject)
    takes_giteas_pull_requests = any(receiver.kind == "gitea" for receiver in receivers(subject.stack))
    least = _KARGO_FOR_PULL_REQUESTS if takes_giteas_pull_requests else _KARGO
    yield "Kargo", partial(_controller, subject, "kargo", KARGO_API, _KARGO_KINDS, least)
    if host := refused_host(subject.stack.registry):
        yield "registry.host", partial(_host, subject, host)
    if any(not isinstance(secret.source, StackSource) for secret in project_secrets(subject.stack)):
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
    """Check the kinds that a chart installs, and the version in its Deployments, else Kargo's line by its CRDs."""
    try:
        served = {r["kind"] for r in subject.cluster.get(f"API {api}", f"/apis/{api}").get("resources") or []}
    except AbsentError:
        served = set()
    if missing := [kind for kind in kinds if kind not in served]:
        found = f"{', '.join(missing)} missing in API {api}" if served else f"API {api} is missing"
        return failed(found, f"the CRDs of {name} {written(least)} or newer", f"install or upgrade Helm chart {name}")
    try:
        version = min(versions(subject.cluster, name), default=None)
        source = "no Deployment shows its version"
    except NotAllowedError:
        version = None
        source = "this user may not read its version"
    line = kargo_release.line(subject.cluster) if name == "kargo" and version is None else None
    release = version or line
    if release is None:
        return ok(f"{api}; {source}")
    shown = written(release) if version else f"{written(release)} by the fields of its CRDs; {source}"
    if is_older(release, least):
        return failed(shown, f"{written(least)} or newer", f"upgrade Helm chart {name}")
    if name == "kargo" and is_older(release, SUPPORTED):
        return ok(f"{shown}; only Kargo {written(SUPPORTED)} gets security fixes, see {ADVISORIES}")
    return ok(shown)


def _host(subject: Subject, host: str) -> Finding:
    release = kargo_release.release(subject.cluster)
    if release and is_older(release, REFUSED_SINCE):
        return ok(
            f"{host}; Kargo {written(REFUSED_SINCE)} will discover no images there: use a name or address "
            "that it does not take for plain HTTP before the upgrade"
        )
    found = f"Kargo {written(REFUSED_SINCE)} takes {host} for plain HTTP, and discovers no images there"
    if release is None:
        return unknown(f"{found}; Kargo's version is not known", FIX)
    return failed(found, "a host that Kargo takes for HTTPS", FIX)
