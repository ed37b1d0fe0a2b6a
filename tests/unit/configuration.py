"""Loads a committed stack's configuration with what a test changes in it, and reads the lines that it gets back."""

import asyncio
from typing import Any

import pytest
from pulumi.runtime import set_mocks

import config.load
from config.errors import ConfigError
from config.load import Configuration
from tests.program import PASSWORD, PROJECT, merged, set_config, stack_values
from tests.recorder import Recorder

WITH_PASSWORD = {"giteaPassword": PASSWORD}


def load(
    changes: dict[str, Any] | None = None, stack: str = "dev", secrets: dict[str, str] | None = None
) -> Configuration:
    """Load a committed stack's configuration with `changes`, as `__main__.py` does."""

    async def on_a_loop() -> Configuration:
        set_mocks(Recorder(), project=PROJECT, stack=stack)
        set_config(merged(stack_values(stack), changes or {}), WITH_PASSWORD if secrets is None else secrets)
        return config.load.load()

    return asyncio.run(on_a_loop())


def refusal(changes: dict[str, Any], stack: str = "dev", secrets: dict[str, str] | None = None) -> str:
    """Return the text of the error that `changes` cause."""
    with pytest.raises(ConfigError) as error:
        load(changes, stack, secrets)
    return str(error.value)


def lines(changes: dict[str, Any], stack: str = "dev", secrets: dict[str, str] | None = None) -> list[str]:
    """Return the mistakes that the error lists."""
    return [line.removeprefix("  ") for line in refusal(changes, stack, secrets).splitlines()[1:]]


def pipeline(**keys: Any) -> dict[str, Any]:
    """Return the changes that leave one pipeline, the committed one with `keys` merged in; None removes a key."""
    (committed,) = stack_values("dev")["pipelines"]
    return {"pipelines": [merged(committed, keys)]}


def stages(*entries: Any) -> dict[str, Any]:
    """Return the changes that give the one pipeline these Stages."""
    return pipeline(stages=list(entries))


def warehouse(**rules: Any) -> dict[str, Any]:
    """Return the changes that give the one pipeline's Warehouse these rules."""
    return pipeline(warehouse=rules)


def login(**keys: Any) -> dict[str, Any]:
    """Return the changes that merge `keys` into the registry's login; None removes a key."""
    return {"registry": {"login": keys}}
