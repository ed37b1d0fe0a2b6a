"""A preview as a comment on a pull request of the sandbox's Gitea."""

import base64
import html
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from config.project import NAME
from ops import markdown
from sandbox.real.gitea import OWNER, REPOSITORY
from tests.integration.conftest import Deployment

pytestmark = pytest.mark.integration

HOSTILE = "`x`</pre></details><script>@everyone #1|"


@dataclass
class PullRequest:
    """An open pull request, and what runs the tool for it.

    Args:
        number: its number.
        gitea: Gitea's API.
        run: runs the tool; returns its exit code and what it prints.
    """

    number: int
    gitea: httpx.Client
    run: Callable[..., tuple[int, str]]

    def comments(self) -> list[str]:
        """Return the texts of its comments."""
        path = f"/repos/{OWNER}/{REPOSITORY}/issues/{self.number}/comments"
        found: list[dict[str, Any]] = self.gitea.get(path).raise_for_status().json()
        return [comment["body"] for comment in found]


@pytest.fixture
def pull_request(deployment, in_a_workflow) -> Iterator[PullRequest]:
    """Open a pull request in the GitOps repository."""
    api, name = deployment.gitea, f"preview-{secrets.token_hex(3)}"
    repository = f"/repos/{OWNER}/{REPOSITORY}"
    api.post(f"{repository}/contents/{name}", json={"content": "eA==", "new_branch": name}).raise_for_status()
    opened = api.post(f"{repository}/pulls", json={"title": name, "head": name, "base": "main"}).raise_for_status()
    number = opened.json()["number"]

    def run(**variables: str) -> tuple[int, str]:
        told = {"GITHUB_REF": f"refs/pull/{number}/head", **variables}
        code, printed = in_a_workflow("ops.preview_comment", **told)
        return code, printed

    file = deployment.stack.project.file
    before = file.read_text()
    yield PullRequest(number, api, run)
    file.write_text(before)


def edit(deployment: Deployment, **fields: Any) -> None:
    """Change the stack's first pipeline, without deploying that."""
    (first, *more) = deployment.stack.project.configuration()["config"][f"{NAME}:pipelines"]
    deployment.stack.project.replace("pipelines", [{**first, **fields}, *more])


def test_a_changed_tag_rule_is_one_comment_that_the_next_push_edits(deployment, pull_request):
    assert pull_request.run()[0] == 0
    edit(deployment, warehouse={"allowTagsRegexes": ["^v1[0-9]+$"]})
    code, printed = pull_request.run(GITHUB_SERVER_URL="https://gitea/", GITHUB_SHA="f" * 40, GITHUB_RUN_ID="7")
    assert (code, printed.split("\n")[0]) == (0, "dev: 1 to update, nothing deleted")
    (comment,) = pull_request.comments()
    assert "**<code>dev</code>: 1 to update, nothing deleted**" in comment
    assert "  - ^v\\d+$\n  + ^v1[0-9]+$" in comment
    page = f"https://gitea/{OWNER}/{REPOSITORY}"
    made = f"Commit [<code>{'f' * 12}</code>]({page}/commit/{'f' * 40}), [workflow run]({page}/actions/runs/7)"
    assert re.search(rf"{re.escape(made)}, pulumi \d+\.\d+\.\d+, pulumi-kubernetes \d", comment)


def test_a_pipeline_that_would_go_begins_with_the_warning(deployment, pull_request):
    edit(deployment, name="other", image="other")
    assert pull_request.run()[0] == 0
    (comment,) = pull_request.comments()
    _, headline, warning, *_ = comment.split("\n\n")
    assert "to delete" in headline
    assert warning.startswith("⚠️ Deleted or replaced: ")
    assert "Stage <code>backstage-stage-dev</code>" in warning
    assert "Warehouse <code>backstage-warehouse</code>" in warning


def test_a_preview_that_fails_is_its_lines_and_its_exit_code(deployment, pull_request):
    edit(deployment, image="not:an-image")
    code, _ = pull_request.run()
    assert code == 1
    (comment,) = pull_request.comments()
    assert "the preview failed" in comment
    assert "pipelines[0].image: contains a tag or digest" in comment


def test_no_secret_is_in_a_rotations_comment(deployment, pull_request, sandbox):
    deployment.stack.project.replace("webhooks.rotation", secrets.token_hex(4))
    assert pull_request.run()[0] == 0
    (comment,) = pull_request.comments()
    assert "ProjectConfig" in comment
    assert sandbox.layout.secret("gitea-password") not in comment
    assert "/generic/" not in comment


def test_planted_secrets_are_in_no_form_in_the_comment(deployment, pull_request):
    """The engine cannot know that a program shows a secret."""
    secret = "p&ss/w=rd +%" + "x7Q" * 12
    deployment.stack.run("config", "set", "--secret", f"{NAME}:webhookSecret", quiet=True, stdin=secret)
    forms = [secret, base64.b64encode(secret.encode()).decode(), quote(secret, safe="")]
    check = {"url": "https://example.com/", "successExpression": f"response.body in {forms}"}
    edit(deployment, stages=[{"name": "dev", "autoPromotion": True, "httpCheck": check}])
    assert pull_request.run()[0] == 0
    (comment,) = pull_request.comments()
    assert "response.body in ['[secret]', '[secret]', '[secret]']" in comment
    assert [form for form in (*forms, html.escape(secret, quote=False)) if form in comment] == []


def test_a_diff_of_hundreds_of_resources_is_cut_between_two(deployment, pull_request):
    (first,) = deployment.stack.project.configuration()["config"][f"{NAME}:pipelines"]
    more = [{**first, "name": f"application-{n:03}", "image": f"application-{n:03}"} for n in range(100)]
    deployment.stack.project.replace("pipelines", [{**first, "warehouse": {"interval": "1h"}}, *more])
    assert pull_request.run()[0] == 0
    (comment,) = pull_request.comments()
    assert "400 to create, 3 to update, nothing deleted" in comment
    assert len(comment) <= markdown.LIMIT
    left_out = re.search(r"(\d+) more resources are left out here", comment)
    assert left_out
    rows = re.findall(r"^\| (?:create|update) \| .* \| <code>.*</code> \|$", comment, re.MULTILINE)
    assert len(rows) + int(left_out[1]) == 403
    assert comment.count("<details>") == comment.count("</details>")


def test_gitea_renders_hostile_values_as_text(deployment, pull_request, sandbox):
    edit(deployment, stages=[{"name": "dev", "autoPromotion": True, "imagesFile": f"a/{HOSTILE}.json"}])
    assert pull_request.run()[0] == 0
    (comment,) = pull_request.comments()
    rendered = deployment.gitea.post("/markdown", json={"Text": comment, "Mode": "gfm"}).raise_for_status().text
    assert "<script" not in rendered
    assert rendered.count("<details>") == rendered.count("</details>") == comment.count("<details>")
    assert "&lt;script&gt;@everyone" in rendered
    assert "<a " not in rendered


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"GITHUB_TOKEN": "0" * 40}, "error: GITHUB_TOKEN: not accepted (401"),
        ({"GITHUB_TOKEN": ""}, "error: GITHUB_TOKEN: not set"),
        ({"GITHUB_REF": "refs/heads/main"}, "error: GITHUB_REF: not the reference of a pull request"),
        ({"GITHUB_REF": "refs/pull/99999/head"}, "check that it exists (Gitea answers 500 if not)"),
        ({"GITHUB_API_URL": "https://127.0.0.1:1/api/v1"}, "error: the API at 127.0.0.1:1 cannot be reached"),
    ],
)
def test_a_comment_that_cannot_be_written_is_one_line(pull_request, tmp_path, variables, line):
    # A stack that does not exist is previewed in a moment.
    code, printed = pull_request.run(PULUMI_BACKEND_URL=tmp_path.as_uri(), **variables)
    assert code == 2
    assert line in printed
    assert "Traceback" not in printed
