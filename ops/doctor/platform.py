"""The cluster, and the two controllers without which nothing happens there."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from clients.cluster import AbsentError, NotAllowedError, object_path
from kargo.credentials import credentials
from kargo.names import EXTERNAL_SECRETS_API, KARGO_API
from kargo.receivers import receivers
from model.source import StackSource
from ops.doctor.finding import Finding, Link, broken, ok
from ops.doctor.subject import Subject

_KARGO_KINDS = ("Project", "ProjectConfig", "Warehouse", "Stage", "PromotionTask", "Freight", "Promotion")
_EXTERNAL_SECRETS_KINDS = ("ExternalSecret",)
# Before, who may promote could be got around (CVE-2026-27111).
_KARGO = (1, 9, 3)
# Since then Kargo takes the pull requests of Gitea.
_KARGO_FOR_PULL_REQUESTS = (1, 11, 0)
_EXTERNAL_SECRETS = (2, 0, 0)

Version = tuple[int, ...]


def links(subject: Subject) -> Iterator[Link]:
    """Yield the API, Kargo and, where the stack needs it, External Secrets."""
    yield "Kubernetes API", partial(_api, subject)
    takes_giteas_pull_requests = any(receiver.kind == "gitea" for receiver in receivers(subject.stack))
    least = _KARGO_FOR_PULL_REQUESTS if takes_giteas_pull_requests else _KARGO
    yield "Kargo", partial(_controller, subject, "kargo", KARGO_API, _KARGO_KINDS, least)
    if any(not isinstance(credential.source, StackSource) for credential in credentials(subject.stack)):
        name, kinds = "external-secrets", _EXTERNAL_SECRETS_KINDS
        yield (
            "External Secrets",
            partial(_controller, subject, name, EXTERNAL_SECRETS_API, kinds, _EXTERNAL_SECRETS),
        )


def _api(subject: Subject) -> Finding:
    version = subject.cluster.get("the version", "/version").get("gitVersion")
    return ok(f"{version}, context {subject.stack.kubernetes.context}")


def _controller(subject: Subject, name: str, api: str, kinds: tuple[str, ...], least: Version) -> Finding:
    """Look at what a controller's chart has installed: the kinds, and the release in its Deployments' labels."""
    try:
        served = {r["kind"] for r in subject.cluster.get(f"the API {api}", f"/apis/{api}").get("resources") or []}
    except AbsentError:
        served = set()
    if missing := [kind for kind in kinds if kind not in served]:
        found = f"no {', '.join(missing)} in {api}" if served else f"no API {api}"
        return broken(found, f"the CRDs of {name} {_written(least)} or newer", f"install {name}'s chart")
    try:
        versions = _versions(subject, name)
    except NotAllowedError:
        return ok(f"{api}; its version is not for this user to see")
    if not versions:
        return ok(f"{api}; no Deployment tells its version")
    if min(versions) < least:
        return broken(_written(min(versions)), f"{_written(least)} or newer", f"upgrade {name}'s chart")
    return ok(f"{_written(min(versions))}")


def _versions(subject: Subject, name: str) -> list[Version]:
    """Return the releases that the Deployments of a chart are labelled with."""
    path = f"{object_path('apps/v1', 'deployments')}?labelSelector=app.kubernetes.io/name={name}"
    deployments: list[dict[str, Any]] = subject.cluster.items(f"the Deployments of {name}", path)
    labels = [deployment["metadata"]["labels"].get("app.kubernetes.io/version", "") for deployment in deployments]
    return [tuple(map(int, re.findall(r"\d+", label)[:3])) for label in labels if re.match(r"v?\d+\.\d+", label)]


def _written(version: Version) -> str:
    return ".".join(map(str, version))
