"""Helpers that load the configuration of a committed stack with changes, and return its error lines."""

import asyncio
from functools import cache
from typing import Any

import pytest
from pulumi.runtime.settings import Settings, configure

import config.load
from config import reachability
from config.errors import ConfigError
from config.load import Configuration
from model.login import Login
from model.source import AzureKeyVaultSource
from tests.program import PROJECT, WITH_PASSWORD, merged, set_config, stack_values

committed = cache(stack_values)
# A string that every check should refuse, or at least not repeat.
PLANTED = "hunter2-planted"
# A key without a value. In changes, None removes the key.
NULL = object()


def load(
    changes: dict[str, Any] | None = None,
    stack: str = "dev",
    secrets: dict[str, str] | None = None,
    preview: bool = False,
    encoded: dict[str, str] | None = None,
) -> Configuration:
    """Load a committed stack's configuration as `__main__.py` does.

    Args:
        changes: changes merged into the committed values; None removes a key, NULL its value.
        stack: the committed stack.
        secrets: encrypted values of any keys (default: the encrypted values that the committed stack reads).
        preview: whether this is a preview.
        encoded: values as the engine passes them, for values that the tests cannot encode.
    """

    async def on_a_loop() -> Configuration:
        configure(Settings(project=PROJECT, stack=stack, dry_run=preview))
        values = _with_nulls(merged(committed(stack), changes or {}))
        set_config({**values, **(encoded or {})}, _read_by(stack) if secrets is None else secrets)
        # There is no cluster.
        reachability.require_reachable = lambda cluster: None
        return config.load.load()

    return asyncio.run(on_a_loop())


def _read_by(stack: str) -> dict[str, str]:
    return WITH_PASSWORD if stack == "dev" else {}


def refusal(
    changes: dict[str, Any],
    stack: str = "dev",
    secrets: dict[str, str] | None = None,
    encoded: dict[str, str] | None = None,
) -> str:
    """Return the text of the error that `changes` cause."""
    with pytest.raises(ConfigError) as error:
        load(changes, stack, secrets, encoded=encoded)
    return str(error.value)


def lines(
    changes: dict[str, Any],
    stack: str = "dev",
    secrets: dict[str, str] | None = None,
    encoded: dict[str, str] | None = None,
) -> list[str]:
    """Return the mistakes that the error lists."""
    return [line.removeprefix("  ") for line in refusal(changes, stack, secrets, encoded).split("\n")[1:]]


def _with_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_nulls(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_nulls(inner) for inner in value]
    return None if value is NULL else value


def at(path: str, value: Any) -> dict[str, Any]:
    """Return the changes that put `value` at `path`, such as `registry.login.username` or `pipelines[0].image`.

    An entry of a list is the committed one, changed; `stages` has one entry.
    """
    if path.startswith("pipelines[0]."):
        return pipeline(**at(path.removeprefix("pipelines[0]."), value))
    if path.startswith("stages[0]."):
        return {"stages": [merged({"name": "dev"}, at(path.removeprefix("stages[0]."), value))]}
    key, _, rest = path.partition(".")
    return {key: at(rest, value) if rest else value}


def pipeline(**keys: Any) -> dict[str, Any]:
    """Return the changes that leave one pipeline, the committed one with `keys` merged in; None removes a key."""
    (one,) = committed("dev")["pipelines"]
    return {"pipelines": [merged(one, keys)]}


def stages(*entries: Any) -> dict[str, Any]:
    """Return the changes that give the one pipeline these Stages."""
    return pipeline(stages=list(entries))


def warehouse(**rules: Any) -> dict[str, Any]:
    """Return the changes that give the one pipeline's Warehouse these rules."""
    return pipeline(warehouse=rules)


def registry_login(changes: dict[str, Any]) -> tuple[Login, AzureKeyVaultSource]:
    """Return the registry's login as loaded with `changes`, and its password's place in Azure Key Vault."""
    found = load(changes).stack.registry.login
    assert found
    assert isinstance(found.password, AzureKeyVaultSource)
    return found, found.password


def login(**keys: Any) -> dict[str, Any]:
    """Return the changes that merge `keys` into the registry's login; None removes a key."""
    return {"registry": {"login": keys}}


def git_login(**keys: Any) -> dict[str, Any]:
    """Return the changes that give the GitOps repository a login of its own, with `keys` merged into it."""
    password = {"from": "azureKeyVault", "secretStore": "azure-keyvault-store", "key": "gitops"}
    return {"gitOps": {"login": merged({"username": "robot", "password": password}, keys)}}
