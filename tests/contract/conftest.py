"""Kargo's own libraries, for the tests of the stand-in for Kargo."""

from collections.abc import Iterator

import pytest

from sandbox.standins.controllers.kargo.libraries import Libraries


@pytest.fixture(scope="session")
def libraries(sandbox) -> Iterator[Libraries]:
    """Start the program that answers with them."""
    running = Libraries(sandbox.programs["kargolibs"])
    yield running
    running.close()
