"""What every unit test finds around it."""

import json
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def kubeconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Point KUBECONFIG at a file with both stacks' contexts, never at the developer's."""
    path = tmp_path / "kubeconfig"
    contexts = [{"name": name, "context": {}} for name in ("kind-localdev", "backstage-prod")]
    path.write_text(json.dumps({"contexts": contexts, "current-context": "kind-localdev"}))
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path
