"""Each line of Kargo for the contract tests: an API server with its CRDs, and a program with its libraries."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import processes
from sandbox.layout import Layout
from sandbox.progress import Steps
from sandbox.real import crds, kubernetes_api
from sandbox.real.programs import provide
from sandbox.real.tool import Tool
from sandbox.standins.controllers.kargo.libraries import Libraries
from tests.conftest import Sandbox, ports
from tests.contract.crds import next_line

# Kargo's main of August 2026.
_NEXT_LIBRARIES = Tool("kargolibs-next", {"kargolibs": "."}, 0.1, own=True, code="kargolibs")


@pytest.fixture(scope="session", params=["kargo-1.11", "kargo-1.12"])
def api(sandbox: Sandbox, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a client of the sandbox's API server, or of another one with the CRDs of Kargo's next line."""
    if request.param == "kargo-1.11":
        yield kubernetes_api.client(sandbox.layout.kubeconfig)
        return
    layout = Layout(tmp_path_factory.mktemp("next"), ports())
    try:
        kubernetes_api.start(layout, sandbox.programs)
        crds.add(layout, next_line())
        yield kubernetes_api.client(layout.kubeconfig)
    finally:
        processes.stop_all(layout)


@pytest.fixture(scope="session", params=["kargo-1.11", "kargo-1.12"])
def libraries(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Libraries]:
    """Start the program that answers with the libraries of a line."""
    if request.param == "kargo-1.11":
        program = sandbox.programs["kargolibs"]
    else:
        program = provide(Layout.from_environment(), Steps(1), [_NEXT_LIBRARIES])["kargolibs"]
    running = Libraries(program)
    yield running
    running.close()
