"""Durations in the format of Go, and the time since a timestamp."""

import datetime
import re

_UNITS = {"h": 3600, "m": 60, "s": 1}


def seconds(duration: str) -> float:
    """Return the seconds of a duration such as `1h30m0s`."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)([hms])", duration))


def elapsed(since: str) -> float:
    """Return the seconds since a timestamp of Kubernetes."""
    return (datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(since)).total_seconds()
