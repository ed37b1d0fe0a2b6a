"""Calls of `pulumi`, answered by a script in its place."""

import json
from pathlib import Path

import pytest

from ops import drift_issue, engine, preview_comment
from tests.memory_github import MemoryGitHub, Repository
from tests.program import stack_values

URN = "urn:pulumi:dev::kargo-backstage::kubernetes:kargo.akuity.io/v1alpha1:Stage::dev"
STEP = {"op": "update", "urn": URN, "oldState": {"inputs": {"a": "1"}}, "newState": {"inputs": {"a": "2"}}}


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a `pulumi` on PATH that prints the files `preview`, `config` and `stack` of a folder, and return that."""
    program = tmp_path / "pulumi"
    program.write_text(f'#!/bin/sh\ncat "{tmp_path}/$1"\n[ "$1" != preview ] || exit "$(cat "{tmp_path}/code")"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    answers = {"preview": "{}", "config": "{}", "stack": "{}", "code": "0"}
    for name, text in answers.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_text_around_the_json_of_a_preview_that_succeeds_is_no_failure(pulumi):
    (pulumi / "preview").write_text(f"Loading policy packs...\n{json.dumps({'steps': [STEP]})}\nPolicy Packs run:\n")
    found, code = engine.preview("dev")
    assert (code, found.errors, [step.op for step in found.steps]) == (0, (), ["update"])


def test_a_preview_that_a_policy_stops_is_a_failure(pulumi):
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    (pulumi / "code").write_text("255")
    found, code = engine.preview("dev")
    assert (code, found.errors) == (255, ("the engine printed no reason; run pulumi preview to see it",))


def test_the_bundle_is_the_stacks(pulumi):
    assert engine.ca_bundle("dev") is None
    (pulumi / "config").write_text(json.dumps({"kargo-backstage:caBundle": {"value": "ca.pem"}}))
    assert engine.ca_bundle("dev") == "ca.pem"


@pytest.fixture
def repository(github: MemoryGitHub, monkeypatch: pytest.MonkeyPatch) -> Repository:
    for name, value in {
        "GITHUB_API_URL": github.api,
        "GITHUB_REPOSITORY": "acme/gitops",
        "GITHUB_TOKEN": "planted-app-token",
        "GITHUB_REF": "refs/pull/1/merge",
    }.items():
        monkeypatch.setenv(name, value)
    found = github.add(Repository())
    found.open("person", "a change", is_pull_request=True)
    return found


def run(monkeypatch: pytest.MonkeyPatch, main) -> int:
    monkeypatch.setattr("sys.argv", ["command", "--stack", "dev"])
    code: int = main()
    return code


def test_three_nights_are_one_issue_and_the_fourth_closes_it(pulumi, repository, monkeypatch, capsys):
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    assert [run(monkeypatch, drift_issue.main) for _ in range(3)] == [1, 1, 1]
    assert [issue["state"] for issue in repository.issues.values()] == ["open", "open"]
    (pulumi / "preview").write_text(json.dumps({"steps": [{**STEP, "op": "same"}]}))
    assert run(monkeypatch, drift_issue.main) == 0
    assert "closed https://github.com/acme/gitops/issues/2" in capsys.readouterr().out
    assert repository.issues[2]["state"] == "closed"


def test_three_runs_are_one_comment(pulumi, repository, monkeypatch):
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    assert [run(monkeypatch, preview_comment.main) for _ in range(3)] == [0, 0, 0]
    assert len(repository.comments) == 1


def test_a_comment_has_the_picture_of_the_pipelines_that_change(pulumi, repository, monkeypatch):
    """The secret is in the plain key `pipelines`, too."""
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    values = stack_values("dev")
    values["pipelines"] = [{**values["pipelines"][0], "image": "planted-secret"}]
    entries = {
        f"kargo-backstage:{key}": {"value": value} if isinstance(value, str) else {"objectValue": value}
        for key, value in values.items()
    }
    entries["kargo-backstage:giteaPassword"] = {"value": "planted-secret", "secret": True}
    (pulumi / "config").write_text(json.dumps(entries))
    assert run(monkeypatch, preview_comment.main) == 0
    (comment,) = repository.comments.values()
    assert "```mermaid\nflowchart LR\n" in comment["body"]
    assert '["Stage backstage-dev - added<br>promoted automatically"]:::added' in comment["body"]
    assert "planted" not in comment["body"]


def test_a_preview_without_a_change_or_with_an_error_has_no_picture(pulumi, repository, monkeypatch, capsys):
    assert run(monkeypatch, preview_comment.main) == 0
    assert "picture" not in capsys.readouterr().out
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    assert run(monkeypatch, preview_comment.main) == 0
    assert "no picture of the pipelines: the configuration of stack 'dev' cannot be used" in capsys.readouterr().out


@pytest.mark.parametrize("main", [drift_issue.main, preview_comment.main])
def test_a_bundle_that_cannot_be_read_is_one_line(pulumi, repository, monkeypatch, capsys, main):
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    (pulumi / "config").write_text(json.dumps({"kargo-backstage:caBundle": {"value": "/absent.pem"}}))
    assert run(monkeypatch, main) == 2
    assert capsys.readouterr().err == ("error: caBundle: '/absent.pem' is not a readable PEM file; correct the path\n")
