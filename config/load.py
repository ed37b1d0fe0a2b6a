"""The stack's file: the only module that reads `pulumi.Config`.

It registers no resource, so a mistake in the file changes nothing.
"""

import json
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, get_args

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from config.errors import ConfigError, problems
from config.kubeconfig import context_problems
from config.schema import keys_of
from config.secrets import misplaced_secrets, secret_problems
from config.unknown_keys import advice
from model.problem import Problem, shown
from model.secrets import SECRETS
from model.stack import Stack


class Configuration(NamedTuple):
    """The content of a stack's file: the plain keys, and the values of the encrypted keys that are set."""

    stack: Stack
    secrets: Mapping[str, pulumi.Output[str]]


def load() -> Configuration:
    """Read and check the stack's file.

    Raises:
        ConfigError: one line for each mistake; no line repeats a secret.
        pulumi.RunError: in `up`, the cluster does not answer.
    """
    config = pulumi.Config()
    raw, found = _read(config)
    try:
        stack = Stack.of_keys(raw)
    except ValidationError as error:
        unread = {problem.path for problem in found}
        found += [problem for problem in problems(error, Stack) if problem.path not in unread]
        raise ConfigError(pulumi.get_stack(), found) from None
    found += secret_problems(config, stack)
    found += _ca_bundle_problems(stack.ca_bundle)
    if not pulumi.runtime.is_dry_run():
        # A preview needs no cluster, so it does not depend on the machine's kubeconfig.
        found += context_problems(stack.kubernetes)
    if found:
        raise ConfigError(pulumi.get_stack(), found)
    if not pulumi.runtime.is_dry_run():
        # A preview does not need an HTTP client.
        from config.reachability import require_reachable  # noqa: PLC0415

        require_reachable(stack.kubernetes)
    return Configuration(stack, {key: config.require_secret(key) for key in SECRETS if config.get(key)})


def _read(config: pulumi.Config) -> tuple[dict[str, object], list[Problem]]:
    """Return the plain keys that are set, and the mistakes that show before any value is checked."""
    keys = keys_of(Stack)
    found = [*_unknown_keys(config.name, [*keys, *SECRETS]), *misplaced_secrets(config, keys)]
    raw: dict[str, object] = {}
    for key, annotation in keys.items():
        text = config.get(key)
        if text is None:
            continue
        try:
            # Pulumi returns mappings and lists as JSON, and strings as they are.
            raw[key] = text if _is_text(annotation) else json.loads(text)
        except json.JSONDecodeError:
            found.append(Problem(key, "not a mapping or list; write it as YAML in the stack's file"))
        except (ValueError, RecursionError):
            # Python refuses numbers of more than 4300 digits.
            found.append(Problem(key, "contains a number that is too long, or lists that are too deep; shorten them"))
    return raw, found


def _unknown_keys(project: str, known: list[str]) -> Iterator[Problem]:
    """Yield unknown top-level keys, which Pulumi ignores."""
    for full in {**get_config_env(), **CONFIG.get()}:
        key = full.removeprefix(f"{project}:")
        if key == full or key in known:
            continue
        head = key.replace("[", ".").partition(".")[0]
        if head in known and head != key:
            fix = "run `pulumi config rm` for it, then `pulumi config set --path`"
            yield Problem(shown(key), f"was set without --path; {fix}")
        else:
            yield Problem(shown(key), f"unknown key; {advice(key, '', Stack)}")


def _is_text(annotation: object) -> bool:
    arguments = get_args(annotation)
    return annotation is str or any(isinstance(argument, str) or _is_text(argument) for argument in arguments)


def _ca_bundle_problems(path: str | None) -> Iterator[Problem]:
    """Yield a file that is missing or contains no certificate: a request would fail in the middle of `up`."""
    if path is None:
        return
    try:
        # Never a device, which might have no end.
        found = Path(path).is_file()
    except OSError:  # such as a name too long
        found = False
    if not found:
        yield Problem("caBundle", "no such file; write the path of a PEM file, from the project's folder or absolute")
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:  # an SSLError is one
        yield Problem("caBundle", "not a readable PEM file with certificates; write the path of one")
