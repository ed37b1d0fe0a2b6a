"""Reads a stack's file: the only module that reads `pulumi.Config`.

Nothing here registers a resource, so bad configuration changes nothing.
"""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple, get_args

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from config.ca_bundle import ca_bundle_problems
from config.errors import ConfigError, problems
from config.kubeconfig import context_problems
from config.secrets import misplaced_secrets, secret_problems
from model.problem import Problem, nearest, shown
from model.secrets import SECRETS
from model.stack import Stack


class Configuration(NamedTuple):
    """Everything that a stack's file says.

    Args:
        stack: the plain keys.
        secrets: the encrypted keys that are given.
    """

    stack: Stack
    secrets: Mapping[str, pulumi.Output[str]]


def load() -> Configuration:
    """Read and check the stack's file.

    Raises:
        ConfigError: with one line per mistake; no line repeats a secret.
        pulumi.RunError: the cluster does not answer, and this is no preview.
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
    found += ca_bundle_problems(stack.ca_bundle)
    if not pulumi.runtime.is_dry_run():
        # A preview needs state and configuration, not a cluster: it is the same whatever kubeconfig a machine has.
        found += context_problems(stack.kubernetes)
    if found:
        raise ConfigError(pulumi.get_stack(), found)
    if not pulumi.runtime.is_dry_run():
        # Imported here, since a preview does without an HTTP client.
        from config.reachability import require_reachable  # noqa: PLC0415

        require_reachable(stack.kubernetes)
    return Configuration(stack, {key: config.require_secret(key) for key in SECRETS if config.get(key)})


def _read(config: pulumi.Config) -> tuple[dict[str, object], list[Problem]]:
    """Return the given plain keys, and what is wrong with them before any check of values."""
    keys = {field.alias or name: field for name, field in Stack.model_fields.items()}
    found = [*_unknown_keys(config.name, [*keys, *SECRETS]), *misplaced_secrets(config, keys)]
    raw: dict[str, object] = {}
    for key, field in keys.items():
        text = config.get(key)
        if text is None:
            continue
        try:
            # Pulumi hands out mappings and lists as JSON, plain texts as they are.
            value = text if _is_text(field.annotation) else json.loads(text)
        except json.JSONDecodeError:
            found.append(Problem(key, "not a mapping or list; write it as YAML in the stack's file"))
            continue
        except (ValueError, RecursionError):
            # Python reads no number of more than 4300 digits, and says so with a text about its own settings.
            found.append(Problem(key, "a number is too long, or lists too deep, to be read; write shorter ones"))
            continue
        # The engine writes the default of an optional key, an empty text or mapping.
        if value not in (None, "") and (field.is_required() or value != {}):
            raw[key] = value
    return raw, found


def _unknown_keys(project: str, known: list[str]) -> Iterator[Problem]:
    """Pulumi ignores a misspelt top-level key; refuse it."""
    for full in {**get_config_env(), **CONFIG.get()}:
        key = full.removeprefix(f"{project}:")
        if key == full or key in known:
            continue
        head = key.replace("[", ".").partition(".")[0]
        if head in known and head != key:
            yield Problem(
                shown(key),
                "set without --path, so it is a key of its own; remove it with `pulumi config rm` and set it again "
                "with `pulumi config set --path`",
            )
        else:
            yield Problem(shown(key), f"unknown key; {nearest(key, known)}")


def _is_text(annotation: object) -> bool:
    arguments = get_args(annotation)
    return annotation is str or any(isinstance(argument, str) or _is_text(argument) for argument in arguments)
