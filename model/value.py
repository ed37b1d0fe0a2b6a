"""The bases of every value in a stack's file."""

from collections.abc import Iterator
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from model.problem import Problem, refusals


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


class CheckedValue(Value):
    """A value whose fields must agree: each disagreement that `problems` finds is a line of its own."""

    def problems(self) -> Iterator[Problem]:
        """Yield what does not agree; paths are below this value."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if found := [*self.problems()]:
            raise refusals(found)
        return self
