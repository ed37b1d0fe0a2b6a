"""The doctor's checks of the images file, on a GitHub in memory."""

from typing import Any

import pytest
import yaml

from model.stage import Stage
from ops.doctor import chain
from ops.doctor.finding import Finding
from tests.memory_github import MemoryGitHub, Repository
from tests.program import ROOT
from tests.unit.doctor import SECRETS, secret, stack, subject, written
from tests.unit.values import GITHUB_REPOSITORY

FILES: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests" / "fixtures" / "images_files.yaml").read_text())
STAGE = "/apis/kargo.akuity.io/v1alpha1/namespaces/project/stages/backstage-dev"
ROW = ".env-files/images.json: dev.backstage"
# The login of a token in the GitHub in memory.
LOGIN = secret("s", {"repoURL": "https://github.com/o/r.git", "username": "robot", "password": "planted-user-token"})
PROMOTED = {"freightHistory": [{"items": {"w": {"images": [{"tag": "v1", "digest": "sha256:1"}]}}}]}
REFERENCE = "gitea.example.com:8443/giteaadmin/backstage:v1"


def found(github: MemoryGitHub, text: str | None, **status: Any) -> Finding:
    """Return the finding about the images file of a Stage with this status."""
    files = {} if text is None else {"main": {".env-files/images.json": text}}
    github.add(Repository("o/r", files=files))
    of = stack(Stage(name="dev")).model_copy(update={"git_ops": GITHUB_REPOSITORY})
    objects = {SECRETS: {"items": [LOGIN]}, STAGE: written("Stage", "backstage-dev", status=status)}
    return dict(chain.walk(subject(objects, of)))[ROW]


@pytest.mark.parametrize("file", [f for f in FILES if f["problem"]], ids=lambda file: file["text"])
def test_a_file_in_which_the_next_promotion_fails_is_a_failure(github, file):
    text = file["text"].replace("app", "backstage")
    for status in ({}, PROMOTED):
        row = found(github, text, **status)
        assert row.verdict == "failed"
        assert row.found.startswith("the next Promotion fails: ")
        assert row.advice.endswith(", or restore the file from the Git history")


def test_a_promoted_reference_is_compared(github):
    assert found(github, f'{{"dev": {{"backstage": "{REFERENCE}"}}}}', **PROMOTED) == Finding("ok", REFERENCE)
    other = found(github, '{"dev": {"backstage": "other"}}', **PROMOTED)
    assert (other.verdict, other.found, other.expected) == ("failed", "other", REFERENCE)


@pytest.mark.parametrize("text", ["{}", '{"dev": null}', '{"dev": {}}'])
def test_a_key_that_is_missing_is_a_failure_only_after_a_promotion(github, text):
    assert found(github, text) == Finding("ok", "the key is missing; nothing is promoted yet")
    assert found(github, text, **PROMOTED).found == "the key is missing"


def test_a_missing_file_is_a_failure_only_after_a_promotion(github):
    assert found(github, None).verdict == "ok"
    assert found(github, None, **PROMOTED).found == "the file is missing on branch main"


def test_a_renamed_branch_is_a_failure_with_its_fix(github):
    class Renamed(MemoryGitHub):
        def _branch(self, asked):
            answer = super()._branch(asked)
            answer.status_code, answer.headers["Location"] = 301, "https://api.github.com/x"
            return answer

    renamed = Renamed()
    github._operations["GET /repos/{owner}/{repo}/branches/{branch}"] = renamed._branch
    found(github, "{}")
    of = stack(Stage(name="dev")).model_copy(update={"git_ops": GITHUB_REPOSITORY})
    row = dict(chain.walk(subject({SECRETS: {"items": [LOGIN]}}, of)))["GitOps branch main"]
    assert row.verdict == "failed"
    assert row.advice == "write the current names in gitOps"
