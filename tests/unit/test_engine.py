"""Calls of `pulumi`, answered by a script in its place."""

import json
import os
from pathlib import Path

import pytest

from ops import approval, drift_issue, engine, preview_comment
from ops.plan_digest import digest
from tests.memory_github import MemoryGitHub, Repository
from tests.program import stack_values

URN = "urn:pulumi:dev::kargo-backstage::kubernetes:kargo.akuity.io/v1alpha1:Stage::dev"
STEP = {"op": "update", "urn": URN, "oldState": {"inputs": {"a": "1"}}, "newState": {"inputs": {"a": "2"}}}


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a `pulumi` on PATH that prints the files `preview`, `config`, `output` and `export` of a folder; return that.

    It adds each command to the file `commands`. The workflow that runs the tests is not visible.
    """
    program = tmp_path / "pulumi"
    program.write_text(
        f'#!/bin/sh\ncd "{tmp_path}"\necho "$*" >> commands\n[ "$1" != stack ] || shift\ncat "$1" || exit\n'
        '[ "$1" != preview ] || exit "$(cat code)"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    for name in [name for name in os.environ if name.startswith("GITHUB_")]:
        monkeypatch.delenv(name)
    answers = {"preview": "{}", "config": "{}", "output": "{}", "export": "{}", "version": "v3.259.0", "code": "0"}
    for name, text in answers.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_text_around_the_json_of_a_preview_that_succeeds_is_no_failure(pulumi):
    (pulumi / "preview").write_text(f"Loading policy packs...\n{json.dumps({'steps': [STEP]})}\nPolicy Packs run:\n")
    found = engine.preview("dev")
    assert (found.code, found.plan.errors, [step.op for step in found.plan.steps]) == (0, (), ["update"])


def test_a_preview_that_a_policy_stops_is_a_failure(pulumi):
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    (pulumi / "code").write_text("255")
    found = engine.preview("dev")
    assert (found.code, found.plan.errors) == (255, ("the engine printed no reason; run pulumi preview to see it",))


def test_the_bundle_is_the_stacks(pulumi):
    assert engine.read("dev").ca_bundle is None
    (pulumi / "config").write_text(json.dumps({"kargo-backstage:caBundle": {"value": "ca.pem"}}))
    assert engine.read("dev").ca_bundle == "ca.pem"


SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
ROOT = {"type": "pulumi:pulumi:Stack", "outputs": {"namespace": "planted-name", "urls": {"gitea": SECRET}}}


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ({"deployment": {"resources": [ROOT]}}, "[secret] [secret] planted-name"),
        # Without the state nobody knows which outputs are secret.
        ({}, "[secret] [secret] [secret]"),
    ],
)
def test_secrets_of_the_file_and_of_the_outputs_are_removed(pulumi, state, shown):
    (pulumi / "config").write_text(json.dumps({"a": {"value": "planted-in-file", "secret": True}}))
    (pulumi / "output").write_text(json.dumps({"namespace": "planted-name", "urls": {"gitea": "planted-url"}}))
    (pulumi / "export").write_text(json.dumps(state))
    assert engine.read("dev").scrubber("planted-in-file planted-url planted-name") == shown


def test_a_stack_that_cannot_be_read_has_the_previews_error(pulumi):
    (pulumi / "preview").write_text("")
    (pulumi / "code").write_text("6")
    (pulumi / "config").unlink()
    found = engine.preview("dev")
    assert (found.code, found.plan.errors, found.recorded) == (6, ("the engine printed nothing",), engine.Recorded())


def test_a_plan_whose_secrets_are_not_known_is_not_shown(pulumi):
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    (pulumi / "config").unlink()
    with pytest.raises(engine.EngineError, match="No such file"):
        engine.preview("dev")


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


def run(monkeypatch: pytest.MonkeyPatch, main, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["command", "--stack", "dev", *arguments])
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


def test_a_stack_is_read_once(pulumi, repository, monkeypatch):
    """Each command takes about half a CPU second (3.259)."""
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    (pulumi / "config").write_text(json.dumps({"kargo-backstage:kargo": {"objectValue": {}}}))
    assert run(monkeypatch, preview_comment.main) == 0
    commands = (pulumi / "commands").read_text().splitlines()
    assert sorted(command.split(" --")[0] for command in commands) == [
        "config",
        "preview",
        "stack export",
        "stack output",
        "version",
    ]
    (pulumi / "commands").unlink()
    assert run(monkeypatch, drift_issue.main) == 1
    assert len((pulumi / "commands").read_text().splitlines()) == 4


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


@pytest.fixture
def run_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Return the files of a workflow run to which a step may append."""
    files = {name: tmp_path / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for name, path in files.items():
        path.write_text("before\n")
        monkeypatch.setenv(name, str(path))
    return files


def test_a_plan_is_in_the_summary_and_its_digest_is_an_output(pulumi, run_files, monkeypatch, capsys):
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    assert run(monkeypatch, approval.main) == 0
    found = digest(engine.preview("dev").plan)
    summary = run_files["GITHUB_STEP_SUMMARY"].read_text()
    assert summary.startswith("before\n<!-- kargo-backstage plan of stack dev -->\n\n**<code>dev</code>: 1 to update")
    assert summary.endswith(f"\n\nDigest of this plan: <code>{found}</code>\n")
    assert summary.removeprefix("before\n") in capsys.readouterr().out
    assert run_files["GITHUB_OUTPUT"].read_text() == f"before\ndigest={found}\n"


def test_outside_a_workflow_a_plan_is_printed(pulumi, monkeypatch, capsys):
    (pulumi / "preview").write_text(json.dumps({"steps": [{**STEP, "op": "same"}]}))
    assert run(monkeypatch, approval.main) == 0
    assert "**<code>dev</code>: no change**" in capsys.readouterr().out


@pytest.mark.parametrize("around", ["{}", " {}\n"])
def test_the_approved_plan_is_accepted(pulumi, run_files, monkeypatch, around):
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    approved = around.format(digest(engine.preview("dev").plan))
    assert run(monkeypatch, approval.main, "--approved", approved) == 0
    assert run_files["GITHUB_OUTPUT"].read_text() == "before\n"


def test_another_plan_is_refused_and_shown(pulumi, run_files, monkeypatch, capsys):
    """For example, another run has deployed in the meantime."""
    (pulumi / "preview").write_text(json.dumps({"steps": [STEP]}))
    approved = digest(engine.preview("dev").plan)
    (pulumi / "preview").write_text(json.dumps({"steps": [{**STEP, "op": "delete"}]}))
    assert run(monkeypatch, approval.main, "--approved", approved) == 10
    assert "**<code>dev</code>: 1 to delete**" in run_files["GITHUB_STEP_SUMMARY"].read_text()
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "error: the plan of stack 'dev' is not the approved one (now: 1 to delete); its state, the program or a "
        "version changed after the approved preview. Nothing was deployed. Read the plan above, and approve it in a "
        "new run; in GitHub, re-run all jobs"
    )


@pytest.mark.parametrize("arguments", [(), ("--approved", "0" * 64)])
@pytest.mark.parametrize("code", [0, 255])
def test_a_preview_that_fails_has_no_digest(pulumi, run_files, monkeypatch, arguments, code):
    """An engine that prints nothing has no plan, although its exit code is 0."""
    (pulumi / "preview").write_text("")
    (pulumi / "code").write_text(str(code))
    assert run(monkeypatch, approval.main, *arguments) == (code or 1)
    assert "the engine printed nothing" in run_files["GITHUB_STEP_SUMMARY"].read_text()
    assert "Digest" not in run_files["GITHUB_STEP_SUMMARY"].read_text()
    assert run_files["GITHUB_OUTPUT"].read_text() == "before\n"


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_digest_is_refused_before_the_preview(pulumi, monkeypatch, capsys, empty):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, approval.main, "--approved", empty)
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith("error: --approved: empty; read a plan first, and pass its digest\n")
    assert not (pulumi / "commands").exists()


def test_without_pulumi_a_plan_is_one_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(monkeypatch, approval.main) == 2
    assert capsys.readouterr().err == "error: pulumi is not on PATH; install it, or add its folder to PATH\n"
