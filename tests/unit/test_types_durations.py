"""Durations, as properties of everything that is accepted."""

import re
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from model.types.durations import Duration, nonzero
from tests.unit.types import accepts

DURATION = TypeAdapter(Duration)
POSITIVE = TypeAdapter[str](Annotated[Duration, nonzero("write a longer one")])

parts = st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from("hms")), min_size=1, max_size=4)


def seconds(duration: str) -> int:
    """Add up a duration without the regular expressions of the code under test."""
    total, digits = 0, ""
    for character in duration:
        if character.isdigit():
            digits += character
        else:
            total += int(digits) * {"h": 60 * 60, "m": 60, "s": 1}[character]
            digits = ""
    return total


@given(parts)
@settings(max_examples=100)
def test_a_canonical_duration_is_as_long_as_the_written_one(numbers):
    written = "".join(f"{number}{unit}" for number, unit in numbers)
    canonical = DURATION.validate_python(written)
    assert seconds(canonical) == sum(number * {"h": 3600, "m": 60, "s": 1}[unit] for number, unit in numbers)


@given(parts)
@settings(max_examples=100)
def test_a_canonical_duration_stays_as_it_is(numbers):
    canonical = DURATION.validate_python("".join(f"{number}{unit}" for number, unit in numbers))
    assert DURATION.validate_python(canonical) == canonical


# Go leaves out leading zero units, and writes every unit after the first one that is not zero.
@given(st.integers(0, 10**6))
@settings(max_examples=100)
def test_a_canonical_duration_is_written_as_go_writes_it(total):
    canonical = DURATION.validate_python(f"{total}s")
    assert re.fullmatch(r"([1-9]\d*h[0-5]?\dm|[1-5]?\dm)?[0-5]?\ds", canonical)
    assert ("h" in canonical) == (total >= 3600)
    assert ("m" in canonical) == (total >= 60)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "0.5s", "5ms", "5d", "5m ", "5M", "5m\n"])
def test_other_texts_are_no_durations(text):
    assert not accepts(DURATION, text)


def test_only_a_duration_that_need_not_be_positive_may_be_zero():
    assert accepts(DURATION, "0s")
    assert not accepts(POSITIVE, "0h0m0s")
    assert POSITIVE.validate_python("0h0m1s") == "1s"
