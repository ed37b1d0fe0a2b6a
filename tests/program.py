"""Runs the whole program on mocks, with a committed stack file and changes of a test."""

import asyncio
import copy
import json
import runpy
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import yaml
from pulumi.runtime import set_all_config, set_mocks
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func

from components import kargo_release
from config import reachability
from config.project import NAME
from tests.recorder import Recorder

PROJECT = NAME
ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "planted-gitea-password"
OTHER_PASSWORD = "planted-other-password"
SECRET = "planted-webhook-secret-0123456789abcdef"
WITH_PASSWORD = {"giteaPassword": PASSWORD}


@dataclass
class Result:
    """What a run registered and exported."""

    recorder: Recorder
    exports: dict[str, Any] = field(default_factory=dict)
    secret_exports: set[str] = field(default_factory=set)


def stack_values(stack: str) -> dict[str, Any]:
    """Return the plain values of a committed stack file, by key without the project's name."""
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items()}


def set_config(values: dict[str, Any], secrets: dict[str, str]) -> None:
    """Give the runtime a stack's configuration, encoded as the engine does."""
    encoded = {
        f"{PROJECT}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in {**values, **secrets}.items()
    }
    set_all_config(encoded, [f"{PROJECT}:{key}" for key in secrets])


def merged(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return `values` with `changes` merged in; None removes a key."""
    result = copy.deepcopy(values)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def run(
    stack: str,
    changes: dict[str, Any] | None = None,
    secrets: dict[str, str] | None = None,
    outputs: dict[str, Any] | None = None,
    preview: bool = False,
    main: Path = ROOT / "__main__.py",
) -> Result:
    """Run `__main__.py` as the stack `stack`.

    Args:
        stack: `dev` or `prod`.
        changes: configuration merged into the committed file's.
        secrets: encrypted configuration (default: planted values of the keys that the committed stack reads).
        outputs: provider outputs by Pulumi type, in addition to the Key Vault's version.
        preview: whether this is a preview.
        main: the program, by default the committed one.
    """
    values = merged(stack_values(stack), changes or {})
    secrets = {**(WITH_PASSWORD if stack == "dev" else {}), "webhookSecret": SECRET} if secrets is None else secrets
    version = "https://vault.example/secrets/x/1"
    known = {
        "azure-native:keyvault:Secret": {"properties": {"secretUriWithVersion": version}},
        "pulumi-python:dynamic:WebhookSecret": {"value": "generated"},
        "pulumi-python:dynamic:GitHubWebhook": {"path": "/orgs/acme/hooks/1"},
        "pulumi-python:dynamic:ClusterIdentity": {"uid": "uid-of-kube-system"},
    }
    recorder = Recorder({**known, **(outputs or {})})
    exported: dict[str, pulumi.Output[Any]] = {}
    result = Result(recorder)

    def program() -> None:
        original = pulumi.export
        pulumi.export = lambda name, value: exported.update({name: pulumi.Output.from_input(value)})
        try:
            runpy.run_path(str(main), run_name="__main__")
        finally:
            pulumi.export = original

    async def everything() -> None:
        # Not every output of a resource that fails is awaited. Python logs such an error when it collects the garbage,
        # and cannot parse a file meanwhile (SystemError in 3.11).
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        # Pending work of an earlier test belongs to its event loop. The mocks' root stack must be created on this one.
        SETTINGS.rpc_manager.clear()
        SETTINGS.outputs.clear()
        set_mocks(recorder, project=PROJECT, stack=stack, preview=preview)
        set_config(values, secrets)
        # Neither is there a cluster.
        reachability.require_reachable = lambda cluster: None
        kargo_release.require_kargo = lambda stack: None
        # Mocks have no server for callbacks of the engine. The check before a creation has its own tests.
        SETTINGS.callbacks = SimpleNamespace(register_resource_hook=lambda hook: None)
        await run_pulumi_func(program)
        for name, output in exported.items():
            result.exports[name] = await output.future(with_unknowns=True)
            if await output.is_secret():
                result.secret_exports.add(name)

    asyncio.run(everything())
    return result
