"""Durations in Go's syntax."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal

_SECOND = 10**9
_UNITS = {"h": 3600 * _SECOND, "m": 60 * _SECOND, "s": _SECOND}
_TERM = r"[0-9]{1,18}(?:\.[0-9]{1,18})?[hms]"
_DURATION = re.compile(rf"(?:{_TERM})+", re.ASCII)
_PARTS = re.compile(r"([0-9]+)(?:\.([0-9]+))?([hms])")
_LONGEST_TEXT = 100
# Go counts nanoseconds in 64 bits.
_LONGEST = 2**63 - 1


def _canonical(value: str) -> str:
    """Return `value` as Go prints it. Kargo's admission rewrites other forms, so every preview would show a diff."""
    if len(value) > _LONGEST_TEXT or not _DURATION.fullmatch(value):
        raise refusal("not a duration; write hours, minutes and seconds, such as 5m, 1h30m or 1.5h")
    nanoseconds = sum(_nanoseconds(*part) for part in _PARTS.findall(value))
    if nanoseconds > _LONGEST:
        raise refusal("longer than 2562047 hours, the longest duration of Go; write a shorter one")
    if nanoseconds % _SECOND:
        raise refusal("not a whole number of seconds; write a duration such as 5m, 1h30m or 1.5h")
    minutes, seconds = divmod(nanoseconds // _SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"


def seconds(value: str) -> int:
    """Return an accepted duration in seconds."""
    return sum(_nanoseconds(*part) for part in _PARTS.findall(value)) // _SECOND


def _nanoseconds(whole: str, fraction: str, unit: str) -> int:
    """Return one term in nanoseconds. Go multiplies fractions in floating point, and truncates."""
    scale = _UNITS[unit]
    return int(whole) * scale + (int(float(int(fraction)) * (scale / 10 ** len(fraction))) if fraction else 0)


def nonzero(fix: str) -> AfterValidator:
    """Return the check that a duration is not zero. `fix` is what to write instead."""

    def check(canonical: str) -> str:
        if canonical == "0s":
            raise refusal(f"zero; {fix}")
        return canonical

    return AfterValidator(check)


_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?[hms])+$"})

Duration = Annotated[str, AfterValidator(_canonical), _SCHEMA]
