"""Bodies of requests: JSON values in a stack's file, whose texts may contain placeholders."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from model.problem import Problem, refusal, shown
from model.types.placeholders import filled, known
from model.types.plain import is_evaluated

_LONGEST = 16384
_DEEPEST = 10
_LARGEST = 2**53


def body_problems(path: str, value: Any, placeholders: Sequence[str], depth: int = 0) -> Iterator[Problem]:
    """Yield the parts of a body that are no JSON, that Kargo would evaluate, or whose placeholders are unknown.

    Args:
        path: path of the value.
        value: the value.
        placeholders: names of the placeholders that its texts may contain. Keys contain none.
        depth: number of lists and mappings around the value.
    """
    if depth > _DEEPEST:
        yield Problem(path, f"more than {_DEEPEST} lists and mappings deep; write a flatter one")
    elif isinstance(value, dict):
        for key, inner in value.items():
            at = f"{path}.{shown(key)}"
            if is_evaluated(key) or not key.isprintable():
                yield Problem(at, "not a plain key; write one line without {{ and ${%")
            yield from body_problems(at, inner, placeholders, depth + 1)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from body_problems(f"{path}[{place}]", inner, placeholders, depth + 1)
    elif isinstance(value, str):
        if message := _text_problem(value, placeholders):
            yield Problem(path, message)
    elif isinstance(value, (int, float)) and not (math.isfinite(value) and abs(value) <= _LARGEST):
        yield Problem(path, "a number that JSON cannot express exactly; put it in quotes")


def _text_problem(value: str, placeholders: Sequence[str]) -> str | None:
    if not value.replace("\n", "").replace("\t", "").isprintable():
        return "contains an invisible character; write visible text, line breaks and tabs only"
    if is_evaluated(value):
        return "contains {{ or ${%, which Kargo would evaluate; remove it"
    try:
        known(*placeholders)(value)
    except PydanticCustomError as error:
        return error.message()
    return None


def written(value: Any, values: Mapping[str, str]) -> str:
    """Return an accepted body as JSON, with its placeholders filled.

    Args:
        value: the body.
        values: JSON texts without quotation marks, by the name of the placeholder.
    """
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)}: {written(inner, values)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(written(inner, values) for inner in value)}]"
    return filled(json.dumps(value), values) if isinstance(value, str) else json.dumps(value)


def _body(value: Any) -> Any:
    if not isinstance(value, (dict, list)):
        raise refusal("not a mapping or list; write the JSON of the request as YAML below it")
    if not value:
        raise refusal("empty; write a value, or remove the key")
    try:
        is_long = len(json.dumps(value)) > _LONGEST
    except (ValueError, RecursionError):
        # Python writes no number of more than 4300 digits.
        is_long = True
    if is_long:
        raise refusal(f"longer than {_LONGEST} characters; write a shorter one")
    return value


Body = Annotated[Any, AfterValidator(_body), WithJsonSchema({"type": ["object", "array"]})]
