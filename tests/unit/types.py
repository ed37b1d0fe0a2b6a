"""A check that a type of strings accepts a value."""

from typing import Any

from pydantic import TypeAdapter, ValidationError


def accepts(adapter: TypeAdapter[Any], value: str) -> bool:
    """Return whether the adapter's type accepts `value`."""
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True
