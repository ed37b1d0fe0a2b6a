"""The last line of a preview: its commit, its workflow run, and the versions that made it."""

import json
import re

import pytest

from ops import origin

SHA = "0123456789abcdef0123456789abcdef01234567"
HEAD = "fedcba9876543210fedcba9876543210fedcba98"


@pytest.fixture(autouse=True)
def _run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a workflow run of a push."""
    for name, value in {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/gitops",
        "GITHUB_RUN_ID": "17",
        "GITHUB_SHA": SHA,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)


@pytest.mark.parametrize("server", ["https://github.com", "https://gitea.example.com/", "https://example.com/git/"])
def test_a_run_is_its_commit_its_page_and_versions(monkeypatch, server):
    """Gitea's URL ends with a slash."""
    monkeypatch.setenv("GITHUB_SERVER_URL", server)
    page = f"{server.rstrip('/')}/acme/gitops"
    found = origin.line("3.259.0")
    assert found.startswith(
        f"Commit [<code>0123456789ab</code>]({page}/commit/{SHA}), [workflow run]({page}/actions/runs/17), "
    )
    versions = r", pulumi 3\.259\.0, pulumi-kubernetes 4\.[\d.]+, pulumi-azure-native 3\.[\d.]+$"
    assert re.search(versions, found)


@pytest.mark.parametrize(
    ("event", "commit"),
    [
        ({"pull_request": {"head": {"sha": HEAD}}}, HEAD),
        ({"pull_request": {"head": None}}, SHA),
        ({"pull_request": None, "after": SHA}, SHA),
        ({}, SHA),
    ],
)
def test_the_commit_of_a_pull_request_is_its_head(monkeypatch, tmp_path, event, commit):
    """GITHUB_SHA is a merge commit in GitHub, which no branch contains."""
    (tmp_path / "event.json").write_text(json.dumps(event))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    assert f"/commit/{commit})" in origin.line("3.259.0")


@pytest.mark.parametrize("without", ["GITHUB_SERVER_URL", "GITHUB_RUN_ID", "GITHUB_SHA"])
def test_a_part_that_is_not_known_is_left_out(monkeypatch, without):
    monkeypatch.delenv(without)
    found = origin.line("3.259.0")
    assert ("Commit" in found, "workflow run" in found) == (
        without == "GITHUB_RUN_ID",
        without == "GITHUB_SHA",
    )
    assert "pulumi 3.259.0, pulumi-kubernetes " in found
