"""Rules for image tags, as Kargo reads them: regular expressions of Go's RE2."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal

_NOT_IN_RE2 = re.compile(r"\(\?(?:[=!>(#]|<[=!]|P=|[a-zA-Z]*[auLx])|\\[1-9ZuUN]|[*+?}]\+")
_REPETITION = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_MOST_REPETITIONS = 1000


def _tag_regex(value: str) -> str:
    # Kargo compiles these with Go's RE2, which lacks part of Python's syntax.
    repetitions = [int(count) for pair in _REPETITION.findall(value) for count in pair if count]
    if _NOT_IN_RE2.search(value) or any(count > _MOST_REPETITIONS for count in repetitions):
        raise refusal(
            "uses what Go's regular expressions lack (look-around, back-references, comments, possessive quantifiers, "
            "\\Z or \\u escapes, more than 1000 repetitions); write a plain one"
        )
    try:
        pattern = re.compile(value)
    except re.error as error:
        position = "" if error.pos is None else f" (see character {error.pos + 1})"
        # Python's own message may quote the pattern.
        raise refusal(rf"not a regular expression{position}; write one such as '^v\d+$'") from None
    if pattern.search("latest") or pattern.search(""):
        raise refusal(r"matches every tag, even 'latest'; write what a release looks like, such as '^v\d+$'")
    return value


TagRegex = Annotated[str, AfterValidator(_tag_regex), WithJsonSchema({"type": "string", "minLength": 1})]
