"""Versions and ranges of versions as Kargo reads them, with Masterminds/semver 3.4."""

import re

from model.types.tag_sets import may_match

_LARGEST = 2**64 - 1
_ANY = ("x", "X", "*")
_OPERATOR = r"(?:=|!=|>|<|>=|=>|<=|=<|~|~>|\^)?"
_NUMBER = r"(?:[0-9]{1,20}|[xX*])"
_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = rf"v?({_NUMBER}(?:\.{_NUMBER}){{0,2}})(?:-({_IDENTIFIERS}))?(?:\+{_IDENTIFIERS})?"
_TERM = re.compile(rf"{_OPERATOR} *{_VERSION}")
_RANGE = re.compile(rf"{_VERSION} +- +{_VERSION}")
_BETWEEN_TERMS = re.compile(r" *, *| +")
# Tags as versions: fewer than three numbers are complete, and only a pre-release has no number with a leading zero.
_CORE = r"^v?[0-9]+(?:\.[0-9]+){0,2}"
_WORD = r"[0-9]*[A-Za-z-][0-9A-Za-z-]*"
TAG = rf"{_CORE}(?:-(?:0|[1-9][0-9]*|{_WORD})(?:\.(?:0|[1-9][0-9]*|{_WORD}))*)?$"
# A number with several digits might have a leading zero. A date, which begins with the year, has none.
_ZERO_FIRST = "0(?:[0-9]{1,6}|[0-9]{8,10}|[0-9]{12}|[0-9]{14,})"
_DATE = "[1-9](?:[0-9]{7}|[0-9]{11}|[0-9]{13})"
_WITH_LEADING_ZERO = rf"{_CORE}-(?:[0-9A-Za-z-]+\.)*{_ZERO_FIRST}(?:\.[0-9A-Za-z-]+)*$"
_WITHOUT_LONG_NUMBER = rf"{_CORE}-(?:[0-9]|{_DATE}|{_WORD})(?:\.(?:[0-9]|{_DATE}|{_WORD}))*$"
_COMMIT = "^[0-9a-fA-F]{6}|^[0-9a-fA-F]+$"
_COMMIT_WITH_LETTER = "^[0-9]*[a-fA-F]"


def is_constraint(value: str) -> bool:
    """Return whether Kargo accepts `value` as a range of versions."""
    return all(_is_alternative(part.strip(" ")) for part in value.split("||"))


def skipped_tags(expression: str) -> str | None:
    """Return what an expression of tags matches that Kargo skips without an error; None if it is unknown or nothing."""
    if not may_match([expression, TAG]):
        return "no version, and Kargo skips all other tags"
    if may_match([expression, _WITH_LEADING_ZERO]) and not may_match([expression, _WITHOUT_LONG_NUMBER]):
        return "versions such as 20260115-0930, which Kargo skips for the zero at the beginning of the pre-release"
    if may_match([expression, _COMMIT_WITH_LETTER]) and not may_match([expression], none_of=[_COMMIT]):
        return "commit IDs, and Kargo skips those with a letter"
    return None


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
