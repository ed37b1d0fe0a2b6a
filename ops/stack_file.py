"""A stack's file, without Pulumi: neither a backend nor a passphrase is needed."""

import json
from typing import Any

import yaml
from pydantic import ValidationError

from config.errors import below
from config.project import NAME, ROOT
from config.stack_yaml import parsed
from model.secrets import SECRETS
from model.stack import Stack


class StackFileError(Exception):
    """A stack's file cannot be used; the text contains the reason and no value of the file."""


def read(stack: str) -> Stack:
    """Return the content of a stack's file, without its encrypted keys.

    Args:
        stack: name of the stack, such as `dev` or `acme/dev`.

    Raises:
        StackFileError: if the file is missing or not YAML, or the model refuses it.
    """
    file = ROOT / f"Pulumi.{stack.rpartition('/')[2]}.yaml"
    prefix = f"{NAME}:"
    keys = {key.removeprefix(prefix): value for key, value in _config(file.name).items() if key.startswith(prefix)}
    try:
        return Stack.of_keys({key: value for key, value in keys.items() if key not in SECRETS})
    except ValidationError as error:
        raise StackFileError(f"{file.name} cannot be used{below(error, Stack)}") from None


def _config(file: str) -> dict[str, Any]:
    try:
        content = parsed((ROOT / file).read_text())
    except FileNotFoundError:
        raise StackFileError(f"{file}: no such file; write the name of a stack that has one") from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        raise StackFileError(f"{file}: not YAML{place}; correct it") from None
    # A date is text for Pulumi.
    found = json.loads(json.dumps(content, default=str))
    config = found.get("config") if isinstance(found, dict) else None
    if not isinstance(config, dict):
        raise StackFileError(f"{file}: no mapping `config`; add the keys of the stack below it")
    return config
