"""`python -m tests.backstage`: check catalog-info.yaml and the Software Template with Backstage's own packages.

Requires node and npm on PATH. The packages in backstage/package.json are installed in
`.sandbox/backstage`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from pydantic import ValidationError

from config.errors import problems
from config.project import NAME, ROOT
from config.reference import schema
from model.stack import Stack
from sandbox.layout import Layout
from tests.backstage.runs import HOST, OWNER, REPOSITORY, RUNS, Run

FOLDER = ROOT / "backstage"
PIPELINES = f"{NAME}:pipelines"


def main() -> int:
    """Run the check; return 0, or 1 after a line for each problem."""
    packages = installed(Layout.from_environment().root / "backstage")
    request = {"root": str(ROOT), "packages": str(packages), "runs": [sent(run) for run in RUNS]}
    command = ["node", str(FOLDER / "check.cjs")]
    run = subprocess.run(command, input=json.dumps(request).encode(), stdout=subprocess.PIPE, check=True)
    answer = json.loads(run.stdout)
    found = answer["problems"] or [
        f"{one.title}: {problem}"
        for one, result in zip(RUNS, answer["runs"], strict=True)
        for problem in problems_of(one, result)
    ]
    print(*found or [f"catalog-info.yaml, backstage/template.yaml: valid; {len(RUNS)} runs as expected"], sep="\n")
    return 1 if found else 0


def installed(folder: Path) -> Path:
    """Return the folder with the packages. Install them if it has others."""
    wanted, marker = (FOLDER / "package.json").read_text(), folder / "installed.json"
    if not marker.exists() or marker.read_text() != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(wanted)
        options = ["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "install", *options], cwd=folder, check=True)
        marker.write_text(wanted)
    return folder


def before(run: Run) -> str:
    """Return the stack's file before a run; empty if the stack has none."""
    path = ROOT / f"Pulumi.{run.stack}.yaml"
    return path.read_text() + run.appended if path.exists() else ""


def sent(run: Run) -> dict[str, Any]:
    """Return a run as check.cjs reads it."""
    url = f"https://{HOST}/{OWNER}/{REPOSITORY}/blob/main/Pulumi.{run.stack}.yaml"
    repository = f"{HOST}?owner={OWNER}&repo={REPOSITORY}"
    values = {"stack": run.stack, "pipeline": run.pipeline, "repoUrl": repository}
    return {"values": values, "files": {url: before(run)}}


def problems_of(run: Run, result: dict[str, Any]) -> Iterator[str]:
    """Yield the differences between the expected and the actual result of a run."""
    if run.refused:
        if not any(run.refused in message for message in result.get("refused", ())):
            yield f"the form must refuse {run.refused}, and not: {result}"
    elif "output" not in result:
        yield f"not run: {result}"
    elif run.unchanged or "pullRequest" not in result:
        if run.unchanged != ("pullRequest" not in result) or _shown(result["output"]) != ([], ["No pull request"]):
            yield f"another pull request or output: {result}"
    else:
        yield from _pull_request_problems(run, result["pullRequest"])
        if _shown(result["output"]) != (["https://github.com/o/r/pull/1"], []):
            yield f"another output: {result['output']}"


def _shown(output: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the URLs of the links and the titles of the texts that a run shows at its end."""
    return [link["url"] for link in output["links"]], [text["title"] for text in output["text"]]


def _pull_request_problems(run: Run, opened: dict[str, Any]) -> Iterator[str]:
    name = run.pipeline["name"]
    wanted = {
        "owner": OWNER,
        "repo": REPOSITORY,
        "base": "main",
        "head": f"pipeline-{run.stack}-{name}",
        "title": f"{run.stack}: add the pipeline {name}",
    }
    if differing := {key: opened[key] for key, value in wanted.items() if opened.get(key) != value}:
        yield f"not as in {wanted}: {differing}"
    if [*opened["files"]] != [f"Pulumi.{run.stack}.yaml"]:
        yield f"other files: {[*opened['files']]}"
        return
    (text,) = opened["files"].values()
    lines = iter(text.splitlines())
    if lost := [line for line in before(run).splitlines() if line not in lines]:
        yield f"lines that were changed or moved, the first: {lost[0]}"
    if _blank(text) != _blank(before(run)):
        yield f"other blank lines:\n{text}"
    wanted_content = yaml.safe_load(before(run))
    wanted_content["config"][PIPELINES].append(run.pipeline)
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        yield f"not YAML:\n{text}"
        return
    if content != wanted_content:
        yield f"another content:\n{text}"
    yield from (f"docs/stack.schema.json: {error.message}" for error in _schema_errors(content))
    mistakes = _mistakes(content["config"])
    path = f"pipelines[{len(content['config'][PIPELINES]) - 1}]."
    if not run.mistake and mistakes:
        yield from mistakes
    elif run.mistake and not (len(mistakes) == 1 and mistakes[0].startswith(path + run.mistake)):
        yield f"expected the mistake {path}{run.mistake}, and not: {mistakes}"


def _blank(text: str) -> int:
    return sum(not line.strip() for line in text.splitlines())


def _schema_errors(content: dict[str, Any]) -> Iterator[jsonschema.ValidationError]:
    return jsonschema.Draft202012Validator(schema()).iter_errors(content)


def _mistakes(config: dict[str, Any]) -> list[str]:
    """Return the mistakes that a preview would show."""
    try:
        Stack.of_keys({key.removeprefix(f"{NAME}:"): value for key, value in config.items()})
    except ValidationError as error:
        return [str(problem) for problem in problems(error, Stack)]
    return []


if __name__ == "__main__":
    sys.exit(main())
