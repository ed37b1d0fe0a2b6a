"""Strings of one line, and strings that no template engine evaluates."""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    GetPydanticSchema,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from model.problem import refusal
from model.types.placeholders import known

_LONGEST = 1024
_EMPTY = "empty; write a value, or remove the key"
# Delimiters of External Secrets' templates and of Kargo's expressions. "${{" contains the first one.
_DELIMITERS = ("{{", "${%")


def matching(pattern: re.Pattern[str], sentence: str, longest: int | None = None) -> GetPydanticSchema:
    """Return a check by a regular expression that matches the whole string, with its JSON schema.

    Args:
        pattern: what the text looks like.
        sentence: what is wrong with others, and what to write.
        longest: the most characters; None leaves that to the pattern.
    """

    def check(value: str) -> str:
        if (longest is not None and len(value) > longest) or not pattern.fullmatch(value):
            raise refusal(sentence)
        return value

    def core(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(check, handler(source))

    def json(_: CoreSchema, __: GetJsonSchemaHandler) -> dict[str, Any]:
        most = {} if longest is None else {"maxLength": longest}
        return {"type": "string", **most, "pattern": f"^{pattern.pattern}$"}

    return GetPydanticSchema(core, json)


def one_line(value: str) -> str:
    """Return `value` if it is one line of visible text without spaces at its ends.

    Raises:
        PydanticCustomError: if it is not.
    """
    if not value.strip():
        raise refusal(_EMPTY)
    if not value.isprintable():
        raise refusal("contains a line break or another invisible character; write one line of visible text")
    if value != value.strip():
        raise refusal("begins or ends with a space; remove it")
    if len(value) > _LONGEST:
        raise refusal(f"longer than {_LONGEST} characters; write a shorter one")
    return value


def is_evaluated(value: str) -> bool:
    """Return whether External Secrets or Kargo would evaluate a part of `value`."""
    return any(delimiter in value for delimiter in _DELIMITERS)


def unevaluated(value: str) -> str:
    """Return `value` if it is one line that neither External Secrets nor Kargo evaluates.

    Raises:
        PydanticCustomError: if it is not.
    """
    one_line(value)
    if is_evaluated(value):
        raise refusal("contains {{ or ${%, which External Secrets or Kargo would evaluate; remove it")
    return value


def present(value: object) -> object:
    """Return the value of an optional key. A key without a value is a mistake.

    Raises:
        PydanticCustomError: if there is no value.
    """
    if value is None:
        raise refusal(_EMPTY)
    return value


def digits_as_text(value: object) -> object:
    """Return an integer as a string. Other values are returned unchanged."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_SCHEMA = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": _LONGEST, "pattern": r"^\S(.*\S)?$"})

NonEmpty = Annotated[str, AfterValidator(one_line), _SCHEMA]
Title = Annotated[
    str,
    AfterValidator(unevaluated),
    AfterValidator(known("app", "environment", "pipeline", "stage", "tag")),
    _SCHEMA,
]
Unevaluated = Annotated[str, AfterValidator(unevaluated), _SCHEMA]
TextOrNumber = Annotated[
    str,
    BeforeValidator(digits_as_text),
    AfterValidator(one_line),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1, "maxLength": _LONGEST}, {"type": "integer"}]}),
]
