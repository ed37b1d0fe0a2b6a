"""A cluster in memory, and the stack and the Secrets of the doctor's unit tests."""

import base64
import copy
from collections.abc import Iterable, Mapping
from typing import Any

from clients.cluster import AbsentError, Cluster
from clients.connection import ServiceError
from kargo.manifests import manifests
from kargo.names import CRED_TYPE_LABEL
from model.pipeline import Pipeline
from model.stack import Stack
from model.stage import Stage
from ops.doctor.finding import Check, Finding, Look
from ops.doctor.subject import Subject
from tests.unit import values

SECRETS = "/api/v1/namespaces/project/secrets"


class MemoryCluster(Cluster):
    """Returns given objects, or raises given errors, by path."""

    def __init__(self, **objects: Any) -> None:
        super().__init__("", "memory")
        self.objects: dict[str, Any] = objects

    def get(self, what: str, path: str) -> dict[str, Any]:
        found = self.objects.get(path.partition("?")[0], AbsentError(f"{what} cannot be read (404 Not Found)"))
        if isinstance(found, ServiceError):
            raise found
        return dict(found)

    def read(self, what: str, path: str) -> dict[str, Any]:
        return self.get(what, path)


def stack(*stages: Stage) -> Stack:
    pipeline = Pipeline(name="backstage", image="backstage", stages=stages or (Stage(name="dev", auto_promotion=True),))
    return values.stack(values.GITEA, values.REPOSITORY, pipeline)


def written(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    """Return an object of the stack as the program writes it, with additional top-level fields."""
    found = next(m for m in manifests(stack()) if (m["kind"], m["metadata"]["name"]) == (kind, name))
    return {**copy.deepcopy(found), **fields}


def encoded(data: Mapping[str, str]) -> dict[str, str]:
    """Return the data of a Secret as the API server has it."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}


def secret(name: str, data: Mapping[str, str], cred_type: str = "git") -> dict[str, Any]:
    """Return a Secret with Kargo's label."""
    return {"metadata": {"name": name, "labels": {CRED_TYPE_LABEL: cred_type}}, "data": encoded(data)}


def subject(objects: dict[str, Any] | None = None, of: Stack | None = None, **fields: Any) -> Subject:
    given: dict[str, Any] = {"secrets": {}, "outputs": {"namespace": "project"}, "deployment": {}, **fields}
    return Subject("dev", of or stack(), cluster=MemoryCluster(**(objects or {})), **given)


def look(checks: Iterable[Check], name: str) -> Finding:
    """Run one check, and return its finding."""
    found: dict[str, Look] = dict(checks)
    return found[name]()
