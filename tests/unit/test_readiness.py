"""The states of Kargo that `up` waits for, and the error if they do not come."""

import json
import time
from typing import Any

import pytest

from clients import kargo
from clients.kargo import Kargo, NotReadyError
from components.dynamic.readiness import ProjectReadinessProvider, ReceiversReadinessProvider
from tests.one_resource import OneResource
from tests.program import stack_values

PATHS = {"a": "/generic/abc"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
WHERE = {"context": "test", "kubeconfig": "", "project": "backstage", "uid": "1"}


class Answers:
    """A cluster with an object that gets one status after the other; the last one stays."""

    def __init__(self, *statuses: dict[str, Any]) -> None:
        self.statuses = list(statuses)
        self.asked: list[str] = []

    def __call__(self, *_: str) -> "Answers":
        return self

    def read(self, what: str, path: str) -> dict[str, Any]:
        self.asked.append(path)
        return {"status": self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]}


@pytest.fixture
def time_flies(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))


def answering(monkeypatch, *statuses: dict[str, Any]) -> Answers:
    answers = Answers(*statuses)
    monkeypatch.setattr(kargo, "Cluster", answers)
    return answers


def ready(status: str = "True", **more: Any) -> dict[str, Any]:
    return {"conditions": [{"type": "Ready", "status": status, "message": "said so"}], **more}


def test_a_project_is_waited_for(monkeypatch, time_flies):
    answers = answering(monkeypatch, {}, ready("False"), ready())
    OneResource(ProjectReadinessProvider).up(WHERE)
    assert answers.asked == 3 * ["/apis/kargo.akuity.io/v1alpha1/projects/backstage"]


def test_a_project_that_does_not_become_ready_is_told_with_what_kargo_says(monkeypatch, time_flies):
    answering(monkeypatch, ready("False"))
    with pytest.raises(
        NotReadyError, match=r"^Project 'backstage': not ready in 120 s \(said so\); check that Kargo's"
    ):
        Kargo("", "test", "backstage").wait_for_project()


def test_receivers_are_compared_once_kargo_has_handled_this_refresh(monkeypatch, time_flies):
    old = ready(lastHandledRefresh="old", webhookReceivers=[{"name": "a", "path": "/generic/old"}])
    new = ready(lastHandledRefresh="new", webhookReceivers=[{"name": "a", "path": "/generic/abc"}])
    answers = answering(monkeypatch, old, new)
    OneResource(ReceiversReadinessProvider).up({**WHERE, "token": "new", "paths": PATHS})
    assert len(answers.asked) == 2


@pytest.mark.parametrize(
    "reported", [[], [{"name": "a", "path": "/generic/xyz"}], [{"name": "b", "path": "/generic/abc"}]]
)
def test_another_path_is_refused_without_being_shown(monkeypatch, time_flies, reported):
    answering(monkeypatch, ready(lastHandledRefresh="new", webhookReceivers=reported))
    with pytest.raises(NotReadyError, match="computed one for: a") as caught:
        Kargo("", "test", "backstage").wait_for_receivers("new", PATHS)
    assert "abc" not in str(caught.value)
    assert "xyz" not in str(caught.value)


@pytest.mark.parametrize("change", [{"uid": "2"}, {"project": "another"}])
def test_another_project_is_waited_for_again(monkeypatch, time_flies, change):
    answers = answering(monkeypatch, ready())
    resource = OneResource(ProjectReadinessProvider)
    resource.up(WHERE)
    resource.up(WHERE)
    assert len(answers.asked) == 1
    resource.up({**WHERE, **change})
    assert len(answers.asked) == 2


@pytest.mark.parametrize("provider", [ProjectReadinessProvider, ReceiversReadinessProvider])
@pytest.mark.parametrize(
    ("recorded", "known", "kept"),
    [({"uid": "1"}, "", "1"), ({"uid": "1"}, "2", "2"), ({"uid": "1"}, UNKNOWN, UNKNOWN), ({}, "", "")],
)
def test_a_preview_that_does_not_know_the_uid_shows_no_change(provider, recorded, known, kept):
    """The provider returns the uid of a changed object only to a user who may send a dry run (4.32)."""
    checked = provider().check({**WHERE, **recorded} if recorded else {}, {**WHERE, "uid": known})
    assert checked.inputs == {**WHERE, "uid": kept}
    assert checked.failures == []


def test_a_new_path_names_the_webhook_that_a_user_must_change(monkeypatch, time_flies, capfd):
    paths = {"github": "/github/planted-old"}
    reported = [{"name": "github", "path": path} for path in ("/github/planted-old", "/github/planted-new")]
    props = {**WHERE, "token": "1", "paths": paths}
    handled = {"lastHandledRefresh": "1"}
    answering(monkeypatch, ready(webhookReceivers=reported[:1], **handled))
    resource = OneResource(ReceiversReadinessProvider)
    values = stack_values("prod")
    resource.config = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    resource.up(props)
    resource.up({**props, "uid": "2"})
    assert capfd.readouterr().out == ""
    answering(monkeypatch, ready(webhookReceivers=reported[1:], **handled))
    resource.up({**props, "uid": "2", "paths": {"github": "/github/planted-new"}})
    printed = capfd.readouterr().out
    assert printed.startswith("receiver github has another URL and secret now, and its webhook is registered by hand")
    assert "event Packages at https://github.com/pittampalliorg: pulumi stack output --show-secrets" in printed
    assert "planted" not in printed
    resource.config["githubToken"] = "ghp_0123"
    answering(monkeypatch, ready(webhookReceivers=reported[:1], **handled))
    resource.up({**props, "uid": "2"})
    assert capfd.readouterr().out == ""
