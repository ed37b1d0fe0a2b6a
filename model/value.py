"""Base classes of the values in a stack's file."""

from collections.abc import Iterator
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from model.problem import Problem, refusals


class Value(BaseModel):
    """A frozen value whose keys are camelCase in YAML and snake_case in Python.

    It refuses unknown keys and converts no types. Its errors do not contain the input, which may be a secret in the
    wrong place.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        hide_input_in_errors=True,
    )


class CheckedValue(Value):
    """A value with checks across its fields. Each problem becomes an error line."""

    def problems(self) -> Iterator[Problem]:
        """Yield the problems. Their paths are relative to this value."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if found := [*self.problems()]:
            raise refusals(found)
        return self
