"""What the integration tests share: the deployed dev stack and a way to run `pulumi` and look at Gitea."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from sandbox.real import gitea
from sandbox.stack import Stack


@dataclass
class Deployment:
    """The dev stack, and the Gitea it writes to."""

    stack: Stack
    gitea: httpx.Client

    def pulumi(self, *arguments: str, fails: bool = False) -> str:
        """Run `pulumi`, check its exit code and return all it printed."""
        result = self.stack.call(*arguments)
        printed = result.stdout + result.stderr
        assert bool(result.returncode) == fails, f"pulumi {' '.join(arguments)}:\n{printed[-6000:]}"
        return printed

    def up(self, *arguments: str) -> str:
        """Deploy."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments)

    def hooks(self) -> list[dict[str, Any]]:
        """Return the user's hooks in Gitea."""
        found: list[dict[str, Any]] = self.gitea.get("/user/hooks").raise_for_status().json()
        return found


@pytest.fixture(scope="session")
def deployment(sandbox) -> Iterator[Deployment]:
    """Deploy the dev stack once; tests leave it deployed."""
    with gitea.api(sandbox.layout) as client:
        deployed = Deployment(sandbox.stack(), client)
        deployed.up()
        yield deployed
