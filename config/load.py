"""Reads a stack's file: the only module that reads `pulumi.Config`.

Nothing here registers a resource, so bad configuration changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from config.errors import ConfigError, problems
from config.kubeconfig import context_problems
from config.secrets import GITEA_PASSWORD, SECRETS, WEBHOOK_SECRET, secret_problems
from model.problem import Problem, nearest
from model.stack import Stack


@dataclass(frozen=True)
class Configuration:
    """Everything that a stack's file says.

    Args:
        stack: the plain keys.
        gitea_password: password or access token of the registry's login; None where it is not given.
        webhook_secret: secret of the webhook receivers; None means each has one generated.
    """

    stack: Stack
    gitea_password: pulumi.Output[str] | None
    webhook_secret: pulumi.Output[str] | None


def load() -> Configuration:
    """Read and check the stack's file.

    Raises:
        ConfigError: with one line per mistake; no line repeats a secret.
    """
    config = pulumi.Config()
    raw, found = _read(config)
    try:
        stack = Stack.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        unread = {problem.path for problem in found}
        found += [problem for problem in problems(error, Stack) if problem.path not in unread]
        raise ConfigError(pulumi.get_stack(), found) from None
    found += secret_problems(config, stack)
    found += context_problems(stack.kubernetes, pulumi.runtime.is_dry_run())
    if found:
        raise ConfigError(pulumi.get_stack(), found)
    return Configuration(
        stack=stack,
        gitea_password=config.get_secret(GITEA_PASSWORD),
        webhook_secret=config.get_secret(WEBHOOK_SECRET),
    )


def _read(config: pulumi.Config) -> tuple[dict[str, object], list[Problem]]:
    """Return the given plain keys, and what is wrong with them before any check of values."""
    keys = {field.alias or name: field.annotation for name, field in Stack.model_fields.items()}
    found = _unknown_keys(config.name, [*keys, *SECRETS])
    raw: dict[str, object] = {}
    for key, annotation in keys.items():
        try:
            # Pulumi hands out mappings and lists as JSON, plain texts as they are.
            value = config.get(key) if _is_text(annotation) else config.get_object(key)
        except pulumi.ConfigTypeError:
            found.append(Problem(key, "not a mapping or list; write it as YAML in the stack's file"))
            continue
        if value not in (None, ""):  # the engine writes the default of an optional key, an empty text or mapping
            raw[key] = value
    return raw, found


def _unknown_keys(project: str, known: Iterable[str]) -> list[Problem]:
    """Pulumi ignores a misspelt top-level key; refuse it."""
    given = {**get_config_env(), **CONFIG.get()}
    keys = [key.removeprefix(f"{project}:") for key in given if key.startswith(f"{project}:")]
    return [Problem(key, f"unknown key; {nearest(key, known)}") for key in keys if key not in known]


def _is_text(annotation: object) -> bool:
    arguments = get_args(annotation)
    return annotation is str or any(isinstance(argument, str) or _is_text(argument) for argument in arguments)
