"""The Kargo project: its namespace, Project and ProjectConfig."""

from collections.abc import Iterator
from functools import partial

from clients.cluster import AbsentError, object_path
from kargo.names import KARGO_API
from ops.doctor.conditions import is_true, said
from ops.doctor.finding import Finding, Link, broken, ok
from ops.doctor.objects import unlike
from ops.doctor.subject import Subject


def links(subject: Subject) -> Iterator[Link]:
    """Yield the namespace, the Project and the ProjectConfig."""
    yield f"Namespace {subject.project}", partial(_namespace, subject)
    yield f"Project {subject.project}", partial(_project, subject)
    yield "ProjectConfig", partial(_config, subject)


def _namespace(subject: Subject) -> Finding:
    try:
        live = subject.cluster.get(
            f"Namespace '{subject.project}'", object_path("v1", "namespaces", None, subject.project)
        )
    except AbsentError:
        return broken("not there", "a namespace of this project", subject.again)
    if live["metadata"].get("deletionTimestamp"):
        return broken(
            "going away",
            "a namespace that stays",
            f"wait until it is gone, see which finalizers hold it ({subject.kubectl('get all,stages,freight')}), then "
            f"{subject.again}",
        )
    return unlike(subject, live, "Namespace", subject.project) or ok("labelled as Kargo's")


def _project(subject: Subject) -> Finding:
    try:
        live = subject.cluster.get(
            f"Project '{subject.project}'",
            object_path(KARGO_API, "projects", None, subject.project),
        )
    except AbsentError:
        return broken("not there", "a Project, Ready", subject.again)
    if not is_true(live, "Ready"):
        return broken(
            said(live, "Ready"), "Ready", f"do what it says; {subject.kubectl(f'describe project {subject.project}')}"
        )
    return unlike(subject, live, "Project", subject.project) or ok(said(live, "Ready"))


def _config(subject: Subject) -> Finding:
    try:
        live = subject.kargo("ProjectConfig", subject.project)
    except AbsentError:
        return broken("not there", "a ProjectConfig, Ready", subject.again)
    if not is_true(live, "Ready"):
        return broken(
            said(live, "Ready"),
            "Ready",
            "see that the webhook Secrets are there, in the rows below; then have Kargo look again: "
            + subject.kubectl(
                f"annotate projectconfig {subject.project} kargo.akuity.io/refresh=doctor-$(date +%s) --overwrite"
            ),
        )
    return unlike(subject, live, "ProjectConfig", subject.project) or ok(said(live, "Ready"))
