"""Placeholders such as `{app}` in strings."""

import re
from collections.abc import Callable, Mapping

from model.problem import refusal

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}|[{}]")


def known(*names: str) -> Callable[[str], str]:
    """Return a check that allows placeholders with these names, and no other brace."""

    def check(value: str) -> str:
        if any(found[1] not in names for found in _PLACEHOLDER.finditer(value)):
            listed = ", ".join(f"{{{name}}}" for name in names)
            raise refusal(f"contains a brace that is not a placeholder; write one of {listed}, or no brace")
        return value

    return check


def filled(text: str, values: Mapping[str, str]) -> str:
    """Replace the placeholders of an accepted string by their values."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)
