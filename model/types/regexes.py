r"""Regular expressions in Go's syntax.

RE2 decides, which has Go's syntax but for what is refused here beforehand, and takes linear time over any expression.
"""

import re
from collections.abc import Iterator
from typing import Any

# An escape, a class, a repetition and any other character are one token each.
_TOKEN = re.compile(
    r"\\Q.*?(?:\\E|$)|\\[pPx]\{[^}]*\}|\\.|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^]\\])*\]|\(\?P?<([^>]*)>|\{[0-9]+(?:,[0-9]*)?\}|.",
)
# A thousand times the need of a usual expression. A larger one would slow down every discovery of Kargo.
_MOST_MEMORY = 2**20
# RE2 treats longer numbers as text.
_MOST_DIGITS = 4
# RE2's errors, without the part of the expression that RE2 quotes.
_MISTAKES = {
    "missing )": "a parenthesis is not closed",
    "unexpected )": "a parenthesis is not opened",
    "missing ]": "a bracket is not closed",
    "invalid escape sequence": "it contains an escape that Go does not have, such as \\Z, \\u or a back-reference",
    "trailing \\": "it ends with a backslash",
    "invalid perl operator": "it contains a group that Go does not have, such as a look-around or a comment",
    "invalid named capture group": "the name of a group contains other characters than letters, digits and _",
    "bad repetition operator": "a repetition is repeated, as in possessive quantifiers",
    "no argument for repetition operator": "a repetition has nothing to repeat",
    "invalid repetition size": "it repeats more than 1000 times",
    "invalid character class range": "a class contains an invalid range",
    "pattern too large - compile failed": "it is too large",
}


class RegexError(ValueError):
    """A text that is not a regular expression in Go's syntax. The message contains the reason, and nothing of it."""


def compiled(value: str) -> Any:
    """Return the expression, compiled by RE2.

    Raises:
        RegexError: if it is none of Go's.
    """
    for mistake in _beyond_re2(value):
        raise RegexError(mistake)
    # 20 ms that only a stack with expressions of its own pays.
    import re2  # noqa: PLC0415

    options = re2.Options()
    options.log_errors = False  # the log would quote the expression
    options.max_mem = _MOST_MEMORY
    try:
        return re2.compile(value, options)
    except re2.error as error:
        kind = error.args[0].decode().partition(": ")[0]
        raise RegexError(_MISTAKES.get(kind, "it cannot be read")) from None


def _beyond_re2(value: str) -> Iterator[str]:
    r"""Yield mistakes that RE2 accepts and Go refuses, and syntax that Go reads differently."""
    names: list[str] = []
    for token in _TOKEN.finditer(value):
        text = token[0]
        if text == r"\C":
            yield _MISTAKES["invalid escape sequence"]
        elif text in ("{", "}"):
            yield "a brace is not a repetition {n}, {n,} or {n,m}"
        elif text[0] == "{" and any(len(count) > _MOST_DIGITS for count in re.findall("[0-9]+", text)):
            yield _MISTAKES["invalid repetition size"]
        if token[1] is not None:
            names.append(token[1])
    if len(names) != len(set(names)):
        yield "two groups have the same name"
