"""A mistake in a stack's file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

PROBLEM = "problem"
PROBLEMS = "problems"
SIMILAR = 0.6
_LONGEST_KEY = 60


@dataclass(frozen=True)
class Problem:
    """One mistake: the path in the file, and the problem with its fix."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def refusal(message: str) -> PydanticCustomError:
    """Return the error of one field. The message is `problem; fix` and never repeats the value."""
    # As a context, since pydantic would format braces in the message itself.
    return PydanticCustomError(PROBLEM, "{message}", {"message": message})


def refusals(found: Iterable[Problem]) -> PydanticCustomError:
    """Return the error of a check across fields. The paths are relative to the checked value."""
    return PydanticCustomError(PROBLEMS, "see the context", {PROBLEMS: list(found)})


def repeated(key: str, entries: Iterable[object]) -> Iterator[Problem]:
    """Yield each entry of the list at `key` that is equal to an earlier one."""
    places: dict[object, int] = {}
    for place, entry in enumerate(entries):
        first = places.setdefault(entry, place)
        if first != place:
            yield Problem(f"{key}[{place}]", f"the same as {key}[{first}]; remove one")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the most similar of the known words as a question, or all of them."""
    options = sorted(known)
    close = get_close_matches(word, options, n=1, cutoff=SIMILAR)
    return f"did you mean {close[0]}?" if close else f"write one of: {', '.join(options)}"


def shown(key: str) -> str:
    """Return a key for an error line: invisible characters as escapes, and at most 60 characters."""
    text = key if key and key.isprintable() and key == key.strip() else ascii(key)
    return text if len(text) <= _LONGEST_KEY else f"{text[:_LONGEST_KEY]}…"
