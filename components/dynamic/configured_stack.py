"""The stack's configuration in the process of a dynamic provider.

The engine passes it to each dynamic provider: the current one during `up`, and the configuration of the last `up` in a
`refresh` or `destroy` without `--run-program` (engine 3.259).
"""

import json
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from pulumi import dynamic

if TYPE_CHECKING:
    from model.stack import Stack


def configured_stack(config: dynamic.Config | None) -> "Stack | None":
    """Return the stack of a configuration; None if the SDK passed none, or one that this version does not accept."""
    # 0.2 s that only the caller pays.
    from pydantic import ValidationError  # noqa: PLC0415

    from model.stack import Stack  # noqa: PLC0415

    if config is None:
        return None
    keys = [field.alias or name for name, field in Stack.model_fields.items()]
    try:
        return Stack.of_keys({key: _parsed(text) for key in keys if (text := config.get(key))})
    except ValidationError:
        return None


def by_hand(config: dynamic.Config | None, names: Collection[str]) -> Iterator[str]:
    """Yield a line for each webhook that a user must change by hand.

    Args:
        config: the stack's configuration; None if the SDK passed none.
        names: names of the receivers whose URL has changed.
    """
    if not names or config is None or (stack := configured_stack(config)) is None:
        return
    from kargo import registration  # noqa: PLC0415
    from model.secrets import SECRETS  # noqa: PLC0415

    yield from registration.by_hand(stack, {key for key in SECRETS if config.get(key)}, names)


def _parsed(text: str) -> object:
    """Return a value as the stack's file contains it: the engine passes mappings and lists as JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text
