"""Durations as Go writes them."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal

_UNIT_SECONDS = {"h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:\d+[hms])+", re.ASCII)


def _canonical(value: str) -> str:
    """Return `value` as Go prints it, since Kargo's admission rewrites others and every preview would show a diff."""
    if not _DURATION.fullmatch(value):
        raise refusal("not a duration; write whole hours, minutes and seconds, such as 5m or 1h30m")
    total = sum(int(n) * _UNIT_SECONDS[unit] for n, unit in re.findall(r"(\d+)([hms])", value))
    hours, rest = divmod(total, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"


def _positive(value: str) -> str:
    canonical = _canonical(value)
    if canonical == "0s":
        raise refusal("zero; write how often to look, such as 5m")
    return canonical


_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^([0-9]+[hms])+$"})

Duration = Annotated[str, AfterValidator(_canonical), _SCHEMA]
PositiveDuration = Annotated[str, AfterValidator(_positive), _SCHEMA]
