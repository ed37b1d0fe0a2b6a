"""A mistake in a stack's file, in words for the person who made it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

PROBLEM = "problem"
PROBLEMS = "problems"
_LONGEST_KEY = 60


@dataclass(frozen=True)
class Problem:
    """One mistake: the configuration path, and what is wrong with what to write instead."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def refusal(message: str) -> PydanticCustomError:
    """Return the error of one field; `message` says what is wrong and what to write, and never repeats the value."""
    # As a context, since pydantic would format braces in the message itself.
    return PydanticCustomError(PROBLEM, "{message}", {"message": message})


def refusals(found: Iterable[Problem]) -> PydanticCustomError:
    """Return the error of a check across fields; its problems name their paths below the value that was checked."""
    return PydanticCustomError(PROBLEMS, "see the context", {PROBLEMS: list(found)})


def nearest(word: str, known: Iterable[str]) -> str:
    """Return what to write instead of `word`: the closest of `known`, or all of them."""
    options = sorted(known)
    close = get_close_matches(word, options, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"write one of: {', '.join(options)}"


def shown(key: str) -> str:
    """Return a key as a line can show it: invisible characters as escapes, and no longer than a line bears."""
    text = key if key and key.isprintable() and key == key.strip() else ascii(key)
    return text if len(text) <= _LONGEST_KEY else f"{text[:_LONGEST_KEY]}…"
