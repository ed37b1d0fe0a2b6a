r"""Rules for image tags, as Kargo reads them: regular expressions of Go.

RE2 decides, which has Go's syntax but for what is refused here beforehand, and takes linear time over any expression.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.texts.plain import one_line

# An escape, a class or a repetition is one token; so is any other character.
_TOKEN = re.compile(
    r"\\Q.*?(?:\\E|$)|\\[pPx]\{[^}]*\}|\\.|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^]\\])*\]|\(\?P?<([^>]*)>|\{[0-9]+(?:,[0-9]*)?\}|.",
)
# Enough for a thousand times what a tag needs; more only costs time, here and in each of Kargo's discoveries.
_MOST_MEMORY = 2**20
# RE2 takes longer numbers for text.
_MOST_DIGITS = 4
_EXAMPLE = r"write one such as '^v\d+$'"
# What RE2 calls a mistake, without the piece of the expression that it quotes behind it.
_MISTAKES = {
    "missing )": "a parenthesis is not closed",
    "unexpected )": "a parenthesis is not opened",
    "missing ]": "a bracket is not closed",
    "invalid escape sequence": "it has an escape that Go lacks, such as \\Z, \\u or a back-reference",
    "trailing \\": "it ends with a backslash",
    "invalid perl operator": "it has a group that Go lacks, such as a look-around or a comment",
    "invalid named capture group": "a group's name is not letters, digits and _",
    "bad repetition operator": "a repetition is repeated, as in possessive quantifiers",
    "no argument for repetition operator": "a repetition has nothing to repeat",
    "invalid repetition size": "it repeats more than 1000 times",
    "invalid character class range": "a class has a range that does not exist",
    "pattern too large - compile failed": "it is too large",
}


def _tag_regex(value: str) -> str:
    if _compiled(value).search("latest"):
        raise refusal(f"matches the tag 'latest', which is no version; {_EXAMPLE}")
    return value


def _any_tag_regex(value: str) -> str:
    _compiled(value)
    return value


def _compiled(value: str) -> Any:
    """Return the expression, compiled by RE2.

    Raises:
        PydanticCustomError: if it is none of Go's.
    """
    one_line(value)
    if " " in value or not value.isascii():
        raise refusal(f"has a blank or a letter that no tag has; {_EXAMPLE}")
    for mistake in _beyond_re2(value):
        raise refusal(f"not a regular expression of Go: {mistake}; {_EXAMPLE}")
    # 20 ms that only a stack with expressions of its own pays.
    import re2  # noqa: PLC0415

    options = re2.Options()
    options.log_errors = False  # the log would quote the expression
    options.max_mem = _MOST_MEMORY
    try:
        return re2.compile(value, options)
    except re2.error as error:
        kind = error.args[0].decode().partition(": ")[0]
        raise refusal(
            f"not a regular expression of Go: {_MISTAKES.get(kind, 'it cannot be read')}; {_EXAMPLE}"
        ) from None


def _beyond_re2(value: str) -> Iterator[str]:
    r"""Say what RE2 accepts and Go refuses, and what Go reads otherwise than it is meant."""
    names: list[str] = []
    for token in _TOKEN.finditer(value):
        text = token[0]
        if text == r"\C":
            yield _MISTAKES["invalid escape sequence"]
        elif text in ("{", "}"):
            yield "a brace stands for itself, which no tag has, since a repetition is {n}, {n,} or {n,m}"
        elif text[0] == "{" and any(len(count) > _MOST_DIGITS for count in re.findall("[0-9]+", text)):
            yield _MISTAKES["invalid repetition size"]
        if token[1] is not None:
            names.append(token[1])
    if len(names) != len(set(names)):
        yield "two groups have one name"


_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^[!-~]+$"})
TagRegex = Annotated[str, AfterValidator(_tag_regex), _SCHEMA]
IgnoredTagRegex = Annotated[str, AfterValidator(_any_tag_regex), _SCHEMA]
