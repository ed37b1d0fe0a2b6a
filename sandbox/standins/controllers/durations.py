"""Durations as Go writes them, and time since an object's report."""

import datetime
import re

_UNITS = {"h": 3600, "m": 60, "s": 1}


def seconds(duration: str) -> float:
    """Return how long a duration such as `1h30m0s` is."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)([hms])", duration))


def elapsed(since: str) -> float:
    """Return how many seconds ago a time of Kubernetes' was."""
    return (datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(since)).total_seconds()
