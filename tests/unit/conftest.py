"""What every unit test finds around it."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _never_the_developers_kubeconfig(kubeconfig: Path) -> None:
    """Use the tests' kubeconfig everywhere."""
