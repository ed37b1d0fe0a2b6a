"""What was found at one link of the chain from a stack's file to its images file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "broken", "unseen"]


@dataclass(frozen=True)
class Finding:
    """What a look at a link found.

    Args:
        verdict: `ok`, `broken`, or `unseen` where nobody could look.
        found: what is there.
        expected: what should be; empty where that is found.
        advice: what to do; empty where there is nothing to do.
    """

    verdict: Verdict
    found: str
    expected: str = ""
    advice: str = ""


Look = Callable[[], Finding]
# A link's name, and how it is looked at.
Link = tuple[str, Look]


def ok(found: str) -> Finding:
    """Return that all is as it should be."""
    return Finding("ok", found)


def broken(found: str, expected: str, advice: str) -> Finding:
    """Return that a link does not hold."""
    return Finding("broken", found, expected, advice)


def unseen(found: str, advice: str = "") -> Finding:
    """Return that nobody could look, which says nothing about the link."""
    return Finding("unseen", found, "", advice)
