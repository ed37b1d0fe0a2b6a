"""Checks and their findings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "failed", "unknown"]


@dataclass(frozen=True)
class Finding:
    """The result of a check.

    Args:
        verdict: `ok`, `failed`, or `unknown` if the check could not run.
        found: the actual state.
        expected: the expected state; empty if the check did not fail.
        advice: the fix; empty if nothing is to be done.
    """

    verdict: Verdict
    found: str
    expected: str = ""
    advice: str = ""


Look = Callable[[], Finding]
# The name of a check, and the function that runs it.
Check = tuple[str, Look]


def ok(found: str) -> Finding:
    """Return the finding of a check that passed."""
    return Finding("ok", found)


def failed(found: str, expected: str, advice: str) -> Finding:
    """Return the finding of a check that failed."""
    return Finding("failed", found, expected, advice)


def unknown(found: str, advice: str = "") -> Finding:
    """Return the finding of a check that could not run."""
    return Finding("unknown", found, "", advice)
