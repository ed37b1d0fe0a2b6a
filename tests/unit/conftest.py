"""What every unit test finds around it."""

from pathlib import Path

import pytest

from tests.memory_gitea import MemoryGitea, answer_with
from tests.memory_github import MemoryGitHub


@pytest.fixture(autouse=True)
def _never_the_developers_kubeconfig(kubeconfig: Path) -> None:
    """Use the tests' kubeconfig everywhere."""


@pytest.fixture
def gitea(monkeypatch: pytest.MonkeyPatch) -> MemoryGitea:
    """Answer every request from a Gitea in memory, and return that."""
    fake = MemoryGitea()
    answer_with(monkeypatch, fake)
    return fake


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> MemoryGitHub:
    """Answer every request from a GitHub in memory, and return that."""
    fake = MemoryGitHub()
    answer_with(monkeypatch, fake)
    return fake
