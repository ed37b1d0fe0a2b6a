"""The documented commands of a first deployment, with their previews."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.project import NAME
from sandbox import platform, plugins
from sandbox.layout import PROJECT, Layout
from sandbox.stack import Stack
from tests.terminal import ANSWERS, typed

pytestmark = pytest.mark.integration

KARGO = "kargo.akuity.io/v1alpha1"
GUIDE = PROJECT / "README.md"
WHERE = "own-cluster"


def own_cluster() -> list[str]:
    """Return the commands of README for a user's own cluster."""
    _, _, section = GUIDE.read_text().partition("## Your own cluster")
    (block,) = re.findall(r"```sh\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    return [re.sub(r"\s+# .*", "", line) for line in block.splitlines()]


def with_namespace(kubeconfig: Path, folder: Path, namespace: str) -> Path:
    """Return a copy of a kubeconfig whose context has a namespace."""
    content = yaml.safe_load(kubeconfig.read_text())
    content["contexts"][0]["context"]["namespace"] = namespace
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(content))
    return path


def test_the_commands_for_a_cluster_of_ones_own_work_from_nothing(sandbox, tmp_path):
    """In a context with a namespace of its own, in which no object may be created."""
    local = platform.local(sandbox.layout)
    kubeconfig = with_namespace(local.kubeconfig, tmp_path, "gitea")
    settings = {**local.settings, "kargo": {**local.settings["kargo"], "project": WHERE}}
    stack = Stack(Layout(tmp_path), sandbox.programs, replace(local, kubeconfig=kubeconfig, settings=settings))
    stack.project.write(plugins.provide(stack.layout, local.forks))
    answers = {**ANSWERS, "value": f"{local.gitea_password}\r"}
    # A user types the stack's name.
    environment = {n: v for n, v in {**os.environ, **stack.environment}.items() if n != "PULUMI_OPTION_STACK"}
    for command in own_cluster():
        # Only such a command reads no stack file, and writes its salt there.
        if command.startswith("pulumi config"):
            stack.project.configure(stack.platform)
        code, shown = typed(command, environment, PROJECT, answers)
        assert code == 0, f"{command}:\n{shown[-6000:]}"
    assert "/generic/" in shown
    api = stack.call("stack", "export").stdout
    namespaces = {
        resource["inputs"]["metadata"].get("namespace", WHERE)
        for resource in json.loads(api)["deployment"]["resources"]
        if resource["type"].startswith("kubernetes:") and "metadata" in resource["inputs"]
    }
    assert namespaces == {WHERE}
    for command in ("pulumi refresh --stack dev", "pulumi destroy --stack dev"):
        code, shown = typed(command, environment, PROJECT, ANSWERS)
        assert code == 0, f"{command}:\n{shown[-6000:]}"


def deployed(apart: Any, *arguments: str) -> list[tuple[str, str]]:
    """Deploy, and return the steps that a preview shows too: operation and Pulumi name."""
    log = apart.stack.layout.root / "events.json"
    log.unlink(missing_ok=True)
    result = apart.elsewhere({"PULUMI_DEBUG_COMMANDS": "true"}, "up", "--yes", "--event-log", str(log), *arguments)
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr
    events = [json.loads(line) for line in log.read_text().splitlines()]
    begun = [i for i, event in enumerate(events) if "preludeEvent" in event]
    steps = [event["resourcePreEvent"]["metadata"] for event in events[begun[-1] :] if "resourcePreEvent" in event]
    # A preview does not show default providers.
    seen = [step for step in steps if step["op"] != "same" and not re.search(r":providers:.*::default", step["urn"])]
    return sorted((step["op"], step["urn"].rpartition("::")[2]) for step in seen)


def test_a_first_preview_is_what_up_does(apart):
    expected = apart.steps()
    assert ("create", "backstage-warehouse") in expected
    assert deployed(apart) == expected


def test_an_interrupted_first_up_can_be_previewed(apart):
    """The namespace exists and the Project is missing, so Kargo's admission would refuse the rest."""
    names = ("::kargo", "::stack", "::cluster", "::kargo-namespace")
    targets = [("--target", step["urn"]) for step in plan(apart) if step["urn"].endswith(names)]
    apart.pulumi("up", "--yes", *(argument for target in targets for argument in target))
    assert apart.objects("v1", "Namespace").get(name=apart.project)
    expected = apart.steps()
    assert ("create", "kargo-project") in expected
    assert deployed(apart) == expected


def plan(apart: Any, *arguments: str) -> list[dict[str, Any]]:
    previewed = apart.stack.call("preview", "--json", *arguments)
    assert previewed.returncode == 0, (previewed.stdout + previewed.stderr)[-3000:]
    return list(json.loads(previewed.stdout)["steps"])


def shown(steps: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((s["op"], s["urn"].rpartition("::")[2]) for s in steps if s["op"] != "same")


def test_another_pipeline_a_target_and_a_refresh_are_previewed_as_they_are_done(apart):
    apart.up()
    content = apart.stack.project.configuration()["config"][f"{NAME}:pipelines"]
    other = {"name": "nextjs", "image": "nextjs", "stages": [{"name": "dev", "autoPromotion": True}]}
    apart.stack.project.replace("pipelines", [*content, other])
    urns = [step["urn"] for step in plan(apart)]
    # The engine requires the parent of a new resource as a target too.
    (new,) = [urn for urn in urns if urn.endswith("::nextjs-warehouse")]
    (its_component,) = [urn for urn in urns if urn.endswith("::nextjs")]
    (old,) = [r["urn"] for r in apart.state() if r["urn"].endswith("::backstage-warehouse")]
    assert shown(plan(apart, "--target", old)) == []
    for arguments in (("--target", its_component, "--target", new), ("--refresh",), ()):
        expected = shown(plan(apart, *arguments))
        assert deployed(apart, *arguments) == expected, arguments
    assert apart.steps() == []


def test_another_project_is_previewed_as_it_is_done(apart):
    apart.up()
    apart.stack.project.replace("kargo.project", f"{apart.project}-moved")
    expected = apart.steps()
    assert ("create-replacement", "kargo-namespace") in expected or ("replace", "kargo-namespace") in expected
    done = deployed(apart)
    assert {name for _, name in done} == {name for _, name in expected}
    apart.pulumi("preview", "--expect-no-changes", "--refresh")


@pytest.mark.parametrize("command", [("up", "--yes"), ("refresh", "--yes"), ("destroy", "--yes")])
def test_without_a_cluster_only_a_preview_works(deployment, tmp_path, command):
    content = yaml.safe_load(deployment.stack.platform.kubeconfig.read_text())
    content["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:9"
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(content))
    away: dict[str, str | None] = {"KUBECONFIG": str(kubeconfig)}
    assert deployment.elsewhere(away, "preview").returncode == 0
    ended = deployment.elsewhere(away, *command)
    # Create again what a `destroy` has deleted before its first request to the cluster.
    deployment.up()
    printed = ended.stdout + ended.stderr
    assert ended.returncode == 1, printed[-3000:]
    # The engine adds lines of its own without further information.
    engines = "(update|refresh|destroy|preview) failed|an unhandled error occurred: program exited"
    told = re.findall(r"^ *error: (.*)", printed, re.MULTILINE)
    lines = [line for line in told if not re.match(engines, line)]
    assert len(set(lines)) == 1, printed[-3000:]
    assert "reach" in lines[0]
    assert "Traceback" not in printed
