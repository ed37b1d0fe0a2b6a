"""What every unit test finds around it."""

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.memory_gitea import MemoryGitea, answer_with
from tests.memory_github import MemoryGitHub


@pytest.fixture(autouse=True)
def _never_the_developers_kubeconfig(kubeconfig: Path) -> None:
    """Use the tests' kubeconfig everywhere."""


@pytest.fixture(autouse=True)
def _no_other_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve no name of another machine. Without a network a resolver can take seconds for each."""
    resolve = socket.getaddrinfo

    def own(host: Any, *rest: Any, **options: Any) -> Any:
        if host == "localhost" or host.replace(".", "").isdigit():
            return resolve(host, *rest, **options)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", own)


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
