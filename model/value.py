"""The base of every value in a stack's file."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Value(BaseModel):
    """A frozen value whose keys are camelCase in YAML and snake_case in Python.

    Unknown keys are refused, types are not converted, and errors do not hold the input: it may be a secret that was
    pasted into the wrong place.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        hide_input_in_errors=True,
    )
