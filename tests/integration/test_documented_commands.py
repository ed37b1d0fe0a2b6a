"""Every command of README and docs runs in a sandbox of its own, with a few exceptions and their reasons."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sandbox import processes
from sandbox.layout import CONTEXT, PROJECT, Layout
from tests.terminal import ANSWERS, typed

pytestmark = pytest.mark.integration

_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
# The beginnings of commands that cannot run here, and the reasons.
NOT_HERE = {
    "make test": "this is it",
    ". .sandbox/env": "in front of every command here",
    "mkdir parts": "the official images are on no package registry",
    "crane export": "the official images are on no package registry",
    "mv parts/": "the official images are on no package registry",
    "sudo mv parts/": "the official images are on no package registry",
    "PATH=$PWD/parts:$PATH": "the official images are on no package registry",
    "SANDBOX_GITEA=": ".github/workflows/versions.yaml runs it",
    "sudo ifconfig lo0": "only macOS needs it",
    "az ": "there is no Azure here",
    "pulumi login": "there is no Azure here",
    "pulumi stack init dev --secrets-provider": "there is no Azure here",
    "kubectl create configmap": "it is Kargo's and Gitea's charts that read it",
}
# The beginnings of commands that run elsewhere, and the file that runs them.
ELSEWHERE = {
    "pulumi stack init dev": "sandbox/stack.py",
    "pulumi config set --secret": "sandbox/stack.py",
    "pulumi cancel --yes": "tests/integration/test_recovery.py",
    "pulumi refresh --clear-pending-creates": "tests/integration/test_recovery.py",
    "pulumi preview --import-file": "tests/integration/test_migration.py",
    "pulumi import --file": "tests/integration/test_migration.py",
    "pulumi stack migrate": "tests/integration/test_backends.py",
    'PULUMI_BACKEND_URL="file://~" pulumi stack rm': "tests/integration/test_backends.py",
    "rm Pulumi.dev.yaml.bak.*": "tests/integration/test_backends.py",
    "kubectl --context kind-localdev --namespace kargo-pipelines delete": "tests/integration/test_migration.py",
}
# They stop servers that the other commands need.
LAST = ("make destroy", "make down", "make clean")


def documented() -> list[str]:
    """Return the commands of README and docs, in their order and without duplicates."""
    pages = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
    lines = [
        line.strip() for page in pages for block in _BLOCK.findall(page.read_text()) for line in block.splitlines()
    ]
    return list(dict.fromkeys(re.sub(r"\s+# .*", "", line) for line in lines if line))


def is_here(command: str) -> bool:
    return not any(command.startswith(prefix) for prefix in (*NOT_HERE, *ELSEWHERE))


HERE = ["make up", "make push TAG=v11", *sorted(filter(is_here, documented()), key=lambda command: command in LAST)]


@dataclass(frozen=True)
class Shell:
    """Runs commands as a user types them in the project's folder.

    Args:
        layout: the sandbox.
    """

    layout: Layout

    def __call__(self, command: str) -> tuple[int, str]:
        text = command.replace("kind-localdev", CONTEXT).replace("idpbuilder-ca.crt", str(self.layout.ca))
        environment = self.layout.root / "env"
        given = f". {environment} && {text}" if environment.exists() else text
        return typed(given, {**os.environ, "SANDBOX_DIR": str(self.layout.root)}, PROJECT, ANSWERS)


@pytest.fixture(scope="module")
def shell(tmp_path_factory) -> Iterator[Shell]:
    """Return a shell of a sandbox that is not running yet."""
    layout = Layout(tmp_path_factory.mktemp("typed") / "sandbox")
    yield Shell(layout)
    if layout.root.exists():
        processes.stop_all(layout)


@pytest.mark.parametrize("command", HERE)
def test_a_documented_command_runs(shell, command):
    code, shown = shell(command)
    assert code == 0, f"{command}:\n{shown[-6000:]}"


@pytest.mark.parametrize("prefix", [*NOT_HERE, *ELSEWHERE])
def test_no_command_is_excused_that_nobody_documents(prefix):
    assert any(command.startswith(prefix) for command in documented())


@pytest.mark.parametrize("place", sorted(set(ELSEWHERE.values())))
def test_what_runs_elsewhere_is_there(place):
    text = (PROJECT / place).read_text()
    for prefix in (prefix for prefix, where in ELSEWHERE.items() if where == place):
        verb = prefix.split()[1] if prefix.startswith("pulumi") else "delete"
        assert verb in text
