"""Ranges of versions as Kargo reads them, with Masterminds/semver 3.4."""

import re

_LARGEST = 2**64 - 1
_ANY = ("x", "X", "*")
_OPERATOR = r"(?:=|!=|>|<|>=|=>|<=|=<|~|~>|\^)?"
_NUMBER = r"(?:[0-9]{1,20}|[xX*])"
_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = rf"v?({_NUMBER}(?:\.{_NUMBER}){{0,2}})(?:-({_IDENTIFIERS}))?(?:\+{_IDENTIFIERS})?"
_TERM = re.compile(rf"{_OPERATOR} *{_VERSION}")
_RANGE = re.compile(rf"{_VERSION} +- +{_VERSION}")
_BETWEEN_TERMS = re.compile(r" *, *| +")


def is_constraint(value: str) -> bool:
    """Return whether Kargo accepts `value` as a range of versions."""
    return all(_is_alternative(part.strip(" ")) for part in value.split("||"))


def _is_alternative(text: str) -> bool:
    """Return whether `text` is a range `a - b`, or a list of comparisons."""
    if ends := _RANGE.fullmatch(text):
        return _is_version(ends[1], ends[2]) and _is_version(ends[3], ends[4])
    position = 0
    while term := _TERM.match(text, position):
        if not _is_version(term[1], term[2]):
            return False
        if term.end() == len(text):
            return True
        between = _BETWEEN_TERMS.match(text, term.end())
        if not between:
            return False
        position = between.end()
    return False


def _is_version(numbers: str, prerelease: str | None) -> bool:
    parts = numbers.split(".")
    wild = next((i for i, part in enumerate(parts) if part in _ANY), len(parts))
    return (
        all(part in _ANY for part in parts[wild:])
        and all(int(part) <= _LARGEST for part in parts[:wild])
        and not any(re.fullmatch("0[0-9]+", identifier) for identifier in (prerelease or "").split("."))
    )
