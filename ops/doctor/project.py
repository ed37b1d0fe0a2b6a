"""Checks of the Kargo project: its Namespace, Project and ProjectConfig."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from clients.conditions import described, is_true
from kargo.names import REFRESH_ANNOTATION
from ops.doctor.finding import Check, Finding, failed, ok
from ops.doctor.objects import check_object
from ops.doctor.subject import Subject


def checks(subject: Subject) -> Iterator[Check]:
    """Yield the checks of the Namespace, the Project and the ProjectConfig."""
    name = subject.project
    refresh = f"annotate projectconfig {name} {REFRESH_ANNOTATION}=doctor-$(date +%s) --overwrite"
    project = partial(_ready, f"fix the reported cause; see: {subject.kubectl(f'describe project {name}')}")
    config = partial(_ready, f"check the rows of the receivers' Secrets below, then run: {subject.kubectl(refresh)}")
    yield f"Namespace {name}", partial(check_object, subject, "Namespace", name, partial(_namespace, subject))
    yield f"Project {name}", partial(check_object, subject, "Project", name, project, "Ready")
    yield f"ProjectConfig {name}", partial(check_object, subject, "ProjectConfig", name, config, "Ready")


def _namespace(subject: Subject, live: Mapping[str, Any]) -> Finding:
    if live["metadata"].get("deletionTimestamp"):
        return failed(
            "being deleted",
            "a Namespace that is not being deleted",
            "wait for its end; if finalizers block it, find their objects with: "
            f"{subject.kubectl('get all,stages,freight')}; then run: {subject.again}",
        )
    return ok("labeled as the namespace of a Kargo Project")


def _ready(advice: str, live: Mapping[str, Any]) -> Finding:
    state = described(live, "Ready")
    return ok(state) if is_true(live, "Ready") else failed(state, "Ready", advice)
