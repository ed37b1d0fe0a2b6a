"""The current login for a recorded resource.

The engine passes the inputs of the last `up` to a read or delete, but the user may have changed the password since. It
also passes the stack's configuration to each dynamic provider: the current one during `up`, and the configuration of
the last `up` in a `refresh` or `destroy` without `--run-program` (engine 3.259).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi import dynamic


@dataclass(frozen=True)
class CurrentLogin:
    """A password, and the CAs to trust with it.

    Args:
        password: password or access token.
        ca_bundle: PEM file with CAs to trust; empty for none.
        is_current: whether the stack's file still names this user at this server.
    """

    password: str
    ca_bundle: str
    is_current: bool


def current_login(props: Mapping[str, Any], config: dynamic.Config | None) -> CurrentLogin:
    """Return the login for a recorded resource.

    The current password goes only to the server and user for which the stack's file contains it.

    Args:
        props: the resource's recorded `giteaUrl`, `username`, `password` and `caBundle`.
        config: the stack's configuration; None if the SDK passed none.
    """
    # 0.2 s that only a read or a delete pays.
    from pydantic import ValidationError  # noqa: PLC0415

    from model.stack import Stack  # noqa: PLC0415
    from model.types.urls import place  # noqa: PLC0415

    recorded = CurrentLogin(props["password"], props["caBundle"], is_current=True)
    if config is None:
        return recorded
    keys = [field.alias or name for name, field in Stack.model_fields.items()]
    try:
        stack = Stack.of_keys({key: _parsed(text) for key in keys if (text := config.get(key))})
    except ValidationError:
        return recorded
    for account in stack.accounts.hooks(opens_pull_requests=True):
        if (place(account.server), account.username) == (place(props["giteaUrl"]), props["username"]):
            password = config.get(account.config_key)
            return CurrentLogin(password, stack.ca_bundle or "", is_current=True) if password else recorded
    return CurrentLogin(recorded.password, recorded.ca_bundle, is_current=False)


def _parsed(text: str) -> object:
    """Return a value as the stack's file contains it: the engine passes mappings and lists as JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text
