"""Stacks with other forms of logins than the committed stacks: `tests/fixtures/logins.yaml`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.keys import rsa_key
from tests.program import OTHER_PASSWORD, PASSWORD, SECRET, stack_values

_FILE = Path(__file__).parent / "fixtures" / "logins.yaml"
REGISTRY_PASSWORD = "planted-registry-password"
PRIVATE_KEY = rsa_key()
_VALUES = {
    "giteaPassword": PASSWORD,
    "registryPassword": REGISTRY_PASSWORD,
    "gitOpsPassword": OTHER_PASSWORD,
    "gitOpsPrivateKey": PRIVATE_KEY,
    "publishPassword": "planted-publish-password",
    "webhookSecret": SECRET,
}
PLANTED = tuple(_VALUES.values())


@dataclass(frozen=True)
class Form:
    """One form of logins.

    Args:
        stack: the committed stack.
        written: the configuration in its file.
        changes: the same as changes to the committed values; None removes a key.
        secrets: values of the encrypted keys.
    """

    stack: str
    written: dict[str, Any]
    changes: dict[str, Any]
    secrets: dict[str, str]


def _form(entry: dict[str, Any]) -> Form:
    stack, given = entry.pop("stack"), entry.pop("secrets")
    committed = stack_values(stack)
    changes = {key: _instead(committed.get(key, {}), value) for key, value in entry.items()}
    return Form(stack, entry, changes, {key: _VALUES[key] for key in [*given, "webhookSecret"]})


def _instead(old: Any, new: Any) -> Any:
    """Return the changes that replace the logins in `old` by the logins in `new`."""
    if not isinstance(new, dict):
        return new
    return {key: _exactly(old.get(key), value) if key == "login" else value for key, value in new.items()}


def _exactly(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**dict.fromkeys(old), **{key: _exactly(old.get(key), value) for key, value in new.items()}}


FORMS = {name: _form(entry) for name, entry in yaml.safe_load(_FILE.read_text()).items()}
