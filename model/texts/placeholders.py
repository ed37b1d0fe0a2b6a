"""Placeholders such as `{app}` in texts that are otherwise taken as they are."""

import re
from collections.abc import Callable, Mapping

from model.problem import refusal

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}|[{}]")


def known(*names: str) -> Callable[[str], str]:
    """Return the check of a text that may hold placeholders of these names, and no other brace."""

    def check(value: str) -> str:
        if any(found[1] not in names for found in _PLACEHOLDER.finditer(value)):
            listed = ", ".join(f"{{{name}}}" for name in names)
            raise refusal(f"has a brace that is no placeholder; write one of {listed}, or no brace")
        return value

    return check


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return an accepted text with the values in the place of its placeholders."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)
