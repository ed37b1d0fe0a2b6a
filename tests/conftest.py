"""What tests of several layers share: the one sandbox, apart from the developer's own, and a kubeconfig."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox import platform, processes
from sandbox.layout import Layout
from sandbox.real.programs import Programs
from sandbox.stack import Stack

# A worker runs whole files. A long file that begins last would run alone.
_LONGEST = (
    "integration/test_webhook.py",
    "integration/test_webhook_logins.py",
    "integration/test_key_vault.py",
    "e2e/test_doctor.py",
    "e2e/test_logins.py",
    "e2e/test_ways_to_promote.py",
    "integration/test_documented_commands.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(_LONGEST))


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox with its own folder, ports and state."""

    layout: Layout
    programs: Programs

    def stack(self) -> Stack:
        """Return its dev stack, prepared."""
        stack = Stack(self.layout, self.programs, platform.local(self.layout))
        stack.prepare()
        return stack


def ports() -> range:
    """Return ports for this one of several workers, so that no other chooses the same ones at the same moment."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return range(20000 + 1000 * worker, 21000 + 1000 * worker)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Start the platform with stand-ins for Kargo and External Secrets; stop every server of it at the end."""
    layout = Layout(tmp_path_factory.mktemp("sandbox"), ports())
    try:
        programs, _ = platform.start(layout, standins=True)
        yield Sandbox(layout, programs)
    finally:
        processes.stop_all(layout)


@pytest.fixture
def kubeconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make KUBECONFIG name a file with both stacks' contexts and no cluster, never the developer's."""
    path = tmp_path / "kubeconfig"
    contexts: list[dict[str, object]] = [{"name": name, "context": {}} for name in ("kind-localdev", "backstage-prod")]
    path.write_text(json.dumps({"contexts": contexts, "current-context": "kind-localdev"}))
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path
