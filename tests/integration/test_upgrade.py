"""The upgrade from 0.1.0 as CHANGELOG.md describes it: destroy with the old version, deploy with the new one."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from sandbox import plugins
from sandbox.layout import PROJECT
from sandbox.stack import Stack
from tests.integration.conftest import Deployment

pytestmark = pytest.mark.integration

CHANGELOG = (PROJECT / "CHANGELOG.md").read_text()
# New keys that the sandbox's stack has, and their names in 0.1.0.
FORMER = {"insecureSkipTLSVerify": "insecureSkipTlsVerify", "repoURL": "repoUrl"}


@pytest.fixture
def old_program(tmp_path: Path) -> Path:
    """Return a folder with the commit of 0.1.0 that CHANGELOG.md names."""
    (commit,) = re.findall(r"git switch --detach (\w+)", CHANGELOG)
    if subprocess.run(["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=PROJECT, check=False).returncode:
        pytest.skip(f"this clone does not contain commit {commit}; run: git fetch --unshallow")
    archive = subprocess.run(["git", "archive", commit], cwd=PROJECT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(tmp_path)], input=archive, check=True)
    return tmp_path


def rewrite(file: Path, old: dict[str, str], main: Path | None = None) -> None:
    """Replace words in a YAML file, and the program with its keys."""
    text = file.read_text()
    for word, replacement in old.items():
        text = text.replace(f"{word}:", f"{replacement}:")
    content = yaml.safe_load(text)
    if main:
        content["main"] = str(main)
        content["config"] = yaml.safe_load((main / "Pulumi.yaml").read_text())["config"]
    file.write_text(yaml.safe_dump(content, sort_keys=False))


def test_a_stack_of_the_old_version_is_destroyed_and_deployed_again(sandbox, apart: Deployment, old_program: Path):
    # A fork would run this version's stand-ins.
    platform = replace(apart.stack.platform, forks=None)
    apart = replace(apart, stack=Stack(apart.stack.layout, sandbox.programs, platform))
    apart.stack.prepare()
    project = apart.stack.project
    rewrite(project.folder / "Pulumi.yaml", {}, old_program)
    for script in apart.stack.layout.folder("bin").glob("pulumi-*"):
        # A dynamic provider imports the program's modules from the folder of its stand-in.
        script.write_text(script.read_text().replace(f" {PROJECT} ", f" {old_program} "))
    rewrite(project.file, FORMER)
    apart.up()
    assert apart.hooks()
    apart.pulumi("destroy", "--yes")
    assert not apart.state()
    project.write(plugins.provide(apart.stack.layout))
    rewrite(project.file, {old: new for new, old in FORMER.items()})
    apart.pulumi("up", "--yes")
    assert len(apart.hooks()) == 1
    apart.pulumi("preview", "--expect-no-changes")


def test_the_changelog_has_the_commands():
    _, section = CHANGELOG.split("git switch --detach", 1)
    commands = ["pulumi destroy --stack dev", "git switch main", "pulumi up --stack dev"]
    assert [section.index(command) for command in commands] == sorted(section.index(command) for command in commands)
