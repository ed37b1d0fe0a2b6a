"""Workflows of GitHub and Gitea: pinned actions, no development packages, one queue for each stack."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.layout import PROJECT

# The first major version of each action that runs on Node 24, read from the action.yml of its tags.
ON_NODE_24 = {
    "actions/attest": 4,
    "actions/cache": 5,
    "actions/checkout": 5,
    "actions/setup-go": 7,
    "actions/setup-python": 6,
    "azure/login": 3,
    "pulumi/actions": 7,
}
WORKFLOWS = sorted([*PROJECT.glob(".github/workflows/*"), *PROJECT.glob(".gitea/workflows/*")])
FILES = [*WORKFLOWS, *sorted(PROJECT.glob(".github/actions/*/action.yaml"))]
TOOLS = re.compile(r"pulumi (up|preview)|python -m ops\.")
FORGES = (".github", ".gitea")


def name(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def content(path: Path) -> dict[Any, Any]:
    """Return a workflow. YAML reads the key `on` as true."""
    read: dict[Any, Any] = yaml.safe_load(path.read_text())
    return read


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in content(path).get("jobs", {}).values() for step in job.get("steps", [])]


def workflow(forge: str, called: str) -> dict[Any, Any]:
    return content(PROJECT / forge / "workflows" / f"{called}.yaml")


RUN_PULUMI = [path for path in WORKFLOWS if any(TOOLS.search(step.get("run", "")) for step in steps(path))]


def test_gitea_has_every_workflow_that_runs_pulumi():
    assert {path.name for path in RUN_PULUMI if ".gitea" in path.parts} == {"deploy.yaml", "drift.yaml", "preview.yaml"}
    assert {path.name for path in RUN_PULUMI if ".github" in path.parts} == {
        "deploy.yaml",
        "drift.yaml",
        "preview.yaml",
    }


@pytest.mark.parametrize("path", FILES, ids=name)
def test_actions_run_on_node_24_and_are_pinned_by_commit(path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text())
    for action, comment in used:
        if action.startswith("./"):
            local = PROJECT / action
            assert local.is_file() or (local / "action.yaml").is_file(), f"{action} does not exist"
            continue
        repository, _, commit = action.partition("@")
        version = re.fullmatch(r" # v(\d+)\.\d+\.\d+", comment)
        assert re.fullmatch("[0-9a-f]{40}", commit), f"{action}: not a commit"
        assert version, f"{action}: no version in a comment"
        assert int(version[1]) >= ON_NODE_24[repository]


def test_each_action_has_one_version():
    used = [found for path in FILES for found in re.findall(r"uses: ([^.\s@]\S+?)@(\S+ # \S+)", path.read_text())]
    assert len(set(used)) == len({action for action, _ in used})


def test_no_action_is_listed_that_nothing_uses():
    text = "".join(path.read_text() for path in FILES)
    assert [action for action in ON_NODE_24 if f"uses: {action}@" not in text] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_a_commit_of_a_promotion_triggers_nothing(path):
    push = content(path)[True].get("push") or {}
    assert "branches" not in push or push["paths-ignore"] == [".env-files/**"]


def test_promotions_commit_to_the_ignored_folder():
    assert [path.name for path in (PROJECT / ".env-files").iterdir()] == ["images.json"]


@pytest.mark.parametrize("path", RUN_PULUMI, ids=name)
def test_the_engines_own_sync_neither_resolves_nor_installs_development_groups(path, tmp_path):
    """As the engine runs it (3.259): `uv sync --inexact` with the environment of the step."""
    uv = os.environ.get("UV")
    if not uv:
        pytest.skip("uv runs no test here; run: make unit")
    environment = {**os.environ, **content(path)["env"], "UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv")}
    sync = [uv, "sync", "--inexact", "--dry-run", "--offline"]
    run = subprocess.run(sync, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    packages = set(re.findall(r"^ \+ ([\w.-]+)==", run.stderr, re.MULTILINE))
    assert {"pulumi", "httpx"} <= packages
    assert packages & {"pytest", "mypy", "rich", "trustme", "zizmor"} == set()


def test_production_that_waits_for_an_approval_does_not_hold_development_back():
    deploy = workflow(".github", "deploy")
    jobs = deploy["jobs"]
    assert "concurrency" not in deploy
    groups = {name: job["concurrency"] for name, job in jobs.items() if "concurrency" in job}
    assert groups == {"dev": {"group": "deploy-dev"}, "prod": {"group": "deploy-prod"}}


def test_the_plan_of_production_is_shown_before_the_approval():
    """Only the last job has the environment that a reviewer approves, and it deploys the plan of the job before it."""
    jobs = workflow(".github", "deploy")["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {"dev": None, "plan": "dev", "prod": "plan"}
    assert {name: job["environment"] for name, job in jobs.items()} == {
        "dev": "dev",
        "plan": "prod-read-only",
        "prod": "prod",
    }
    shown, deployed = jobs["plan"]["steps"][-1], jobs["prod"]["steps"][-1]
    assert shown["run"] == "uv run python -m ops.approval --stack prod"
    assert jobs["plan"]["outputs"] == {"digest": f"${{{{ steps.{shown['id']}.outputs.digest }}}}"}
    assert deployed["env"]["DIGEST"] == "${{ needs.plan.outputs.digest }}"
    assert all("if" not in job for job in jobs.values())


def test_the_jobs_of_a_deployment_differ_only_in_the_stack_and_the_approval():
    jobs = workflow(".github", "deploy")["jobs"]
    *dev, up = jobs["dev"]["steps"]
    for name in ("plan", "prod"):
        *before, last = jobs[name]["steps"]
        assert before == dev
        assert {key: value for key, value in last["env"].items() if key != "DIGEST"} == up["env"]
        assert jobs[name]["permissions"] == jobs["dev"]["permissions"]
    assert jobs["prod"]["steps"][-1]["run"].splitlines()[1:] == [up["run"].replace("--stack dev", "--stack prod")]


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, list[str]]]:
    """Return a function that runs a script as a runner does; it returns the exit code and the commands.

    `pulumi` and `uv` record their arguments. A comparison with another digest than `good` fails.
    """
    record = f'#!/bin/sh\necho "$(basename "$0") $*" >> "{tmp_path}/commands"\n'
    for program in ("pulumi", "uv"):
        path = tmp_path / program
        path.write_text(f'{record}case "$*" in *"--approved good"|*"--stack dev"|*prod) ;; *) exit 10 ;; esac\n')
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def run(script: str, **variables: str) -> tuple[int, list[str]]:
        (tmp_path / "commands").write_text("")
        code = subprocess.run(["bash", "-e", "-c", script], env={**os.environ, **variables}, check=False).returncode
        return code, (tmp_path / "commands").read_text().splitlines()

    return run


PLAN = "uv run python -m ops.approval --stack prod"
UP = "pulumi up --yes --skip-preview --stack"


@pytest.mark.parametrize(("digest", "deployed"), [("good", True), ("bad", False), ("", False)])
def test_another_plan_is_not_deployed(ran, digest, deployed):
    script = workflow(".github", "deploy")["jobs"]["prod"]["steps"][-1]["run"]
    compared = f"{PLAN} --approved {digest}"
    expected = (0, [compared, f"{UP} prod"]) if deployed else (10, [compared])
    assert ran(script, DIGEST=digest) == expected


@pytest.mark.parametrize(
    ("stack", "action", "digest", "expected"),
    [
        ("dev", "deploy", "", (0, [f"{UP} dev"])),
        ("prod", "plan", "", (0, [PLAN])),
        ("dev", "plan", "", (0, [PLAN.replace("prod", "dev")])),
        ("prod", "deploy", "good", (0, [f"{PLAN} --approved good", f"{UP} prod"])),
        ("prod", "deploy", "bad", (10, [f"{PLAN} --approved bad"])),
        ("prod", "deploy", "", (10, [f"{PLAN} --approved "])),
        ("prod", "deploy", "$(pulumi)", (10, [f"{PLAN} --approved $(pulumi)"])),
    ],
)
def test_gitea_deploys_to_production_only_the_plan_of_a_digest(ran, stack, action, digest, expected):
    (job,) = workflow(".gitea", "deploy")["jobs"].values()
    assert ran(job["steps"][-1]["run"], STACK=stack, ACTION=action, DIGEST=digest) == expected


def test_gitea_deploys_production_only_when_a_user_starts_it():
    """Gitea ignores `environment` (1.27), so that nobody could approve."""
    deploy = workflow(".gitea", "deploy")
    (job,) = deploy["jobs"].values()
    inputs = deploy[True]["workflow_dispatch"]["inputs"]
    assert "prod" in inputs["stack"]["options"]
    assert inputs["action"] == {**inputs["action"], "options": ["plan", "deploy"], "default": "plan", "required": True}
    assert deploy["concurrency"]["group"] == "deploy-${{ inputs.stack || 'dev' }}"
    env = job["steps"][-1]["env"]
    assert (env["STACK"], env["ACTION"]) == ("${{ inputs.stack || 'dev' }}", "${{ inputs.action || 'deploy' }}")
    assert env["DIGEST"] == "${{ inputs.digest }}"
    assert job["if"] == "github.ref == 'refs/heads/main'"
    assert "environment" not in job


@pytest.mark.parametrize(
    ("stack", "action", "secret"),
    [
        ("", "", "KUBECONFIG_DEV"),
        ("dev", "deploy", "KUBECONFIG_DEV"),
        ("prod", "deploy", "KUBECONFIG_PROD"),
        ("dev", "plan", "KUBECONFIG_DEV_READ_ONLY"),
        ("prod", "plan", "KUBECONFIG_PROD_READ_ONLY"),
    ],
)
def test_gitea_plans_with_a_kubeconfig_that_only_reads(stack, action, secret):
    (job,) = workflow(".gitea", "deploy")["jobs"].values()
    (setup,) = (step for step in job["steps"] if step.get("uses") == "./.github/actions/pulumi")
    expression = setup["with"]["kubeconfig"].removeprefix("${{").removesuffix("}}").strip()
    expression = re.sub(r"secrets\.(\w+)", r"'\1'", expression)
    for name, value in {"inputs.stack": stack, "inputs.action": action}.items():
        expression = expression.replace(name, repr(value))
    assert eval(expression.replace("&&", "and").replace("||", "or")) == secret


@pytest.mark.parametrize("forge", FORGES)
@pytest.mark.parametrize(
    ("repository", "branch", "previewed"),
    [
        ("acme/pipelines", "feature", True),
        ("mallory/pipelines", "feature", False),
        ("acme/pipelines", "dependabot/github_actions/actions/checkout-7", False),
        ("acme/pipelines", "renovate/lock-file-maintenance", False),
        ("acme/pipelines", "fix-renovate/x", True),
    ],
)
def test_a_pull_request_without_secrets_has_no_preview(forge, repository, branch, previewed):
    job = workflow(forge, "preview")["jobs"]["preview"]
    expression = job["env"]["PREVIEWED"].removeprefix("${{").removesuffix("}}").strip()
    values = {"github.event.pull_request.head.repo.full_name": repository, "github.head_ref": branch}
    values["github.repository"] = "acme/pipelines"
    for context in sorted(values, key=len, reverse=True):
        expression = expression.replace(context, repr(values[context]))
    python = expression.replace("&&", "and").replace("!startsWith", "not startsWith")
    assert eval(python, {"startsWith": str.startswith}) is previewed


@pytest.mark.parametrize("forge", FORGES)
def test_a_pull_request_without_a_preview_passes_and_says_so(forge, tmp_path):
    job = workflow(forge, "preview")["jobs"]["preview"]
    told, *others = job["steps"]
    assert "if" not in job
    assert told["if"] == "env.PREVIEWED != 'true'"
    assert {step["if"] for step in others} == {"env.PREVIEWED == 'true'"}
    environment = {**os.environ, "STACK": "dev", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    run = ["bash", "-e", "-c", told["run"]]
    printed = subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout
    assert printed == (tmp_path / "summary").read_text()
    assert printed.startswith("No preview of `dev`: ")


def test_the_code_owners_own_files_that_exist():
    lines = [line.split() for line in (PROJECT / ".github/CODEOWNERS").read_text().splitlines() if line[0] != "#"]
    assert {pattern for pattern, *_ in lines} == {"/Pulumi.prod.yaml", "/.github/", "/.gitea/"}
    assert [pattern for pattern, *owners in lines if not (PROJECT / pattern[1:]).exists() or not owners] == []
