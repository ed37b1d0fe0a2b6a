"""Production's Project and namespace cannot be destroyed by a wrong command or a line that was removed."""

from typing import Any

import pytest

from components.kubernetes import KubernetesObject
from kargo.manifest import Manifest
from tests.program import run


@pytest.fixture
def protected(monkeypatch) -> set[str]:
    """The kinds that were registered as protected."""
    found: set[str] = set()
    register = KubernetesObject.__init__

    def recording(self: Any, name: str, manifest: Manifest, owner: Any, opts: Any, *args: Any, **more: Any) -> None:
        if opts.protect:
            found.add(manifest["kind"])
        register(self, name, manifest, owner, opts, *args, **more)

    monkeypatch.setattr(KubernetesObject, "__init__", recording)
    return found


def test_in_production_project_and_namespace_are_protected(protected):
    recorder = run("prod", secrets={}).recorder
    assert protected == {"Namespace", "Project"}
    assert recorder.one("Project").inputs["metadata"]["annotations"]["kargo.akuity.io/keep-namespace"] == "true"


def test_a_development_stack_can_go(protected):
    recorder = run("dev").recorder
    assert protected == set()
    assert "kargo.akuity.io/keep-namespace" not in recorder.one("Project").inputs["metadata"]["annotations"]
