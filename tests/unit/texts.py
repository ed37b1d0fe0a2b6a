"""Whether a named text takes a value."""

from typing import Any

from pydantic import TypeAdapter, ValidationError


def accepts(adapter: TypeAdapter[Any], value: str) -> bool:
    """Return whether `value` is one of the adapter's texts."""
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True
