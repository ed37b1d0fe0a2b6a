r"""Regular expressions for image tags, in Go's syntax."""

from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.types.plain import one_line
from model.types.regexes import RegexError, compiled

_EXAMPLE = r"write one such as '^v\d+$'"


def _tag_regex(value: str) -> str:
    if _compiled(value).search("latest"):
        raise refusal(f"matches the tag 'latest', which is not a version; {_EXAMPLE}")
    return value


def _any_tag_regex(value: str) -> str:
    _compiled(value)
    return value


def _compiled(value: str) -> Any:
    one_line(value)
    if " " in value or not value.isascii():
        raise refusal(f"contains a character that no tag contains; {_EXAMPLE}")
    try:
        return compiled(value)
    except RegexError as mistake:
        raise refusal(f"not a regular expression in Go's syntax: {mistake}; {_EXAMPLE}") from None


_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^[!-~]+$"})
TagRegex = Annotated[str, AfterValidator(_tag_regex), _SCHEMA]
IgnoredTagRegex = Annotated[str, AfterValidator(_any_tag_regex), _SCHEMA]
