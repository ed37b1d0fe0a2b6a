"""Names of objects and images, as properties of everything that is accepted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from model.types.images import ImageName
from model.types.names import DnsLabel
from tests.unit.types import accepts

LABEL = TypeAdapter(DnsLabel)
IMAGE = TypeAdapter(ImageName)


def is_rfc_1123_label(value: str) -> bool:
    return (
        1 <= len(value) <= 63
        and set(value) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        and not value.startswith("-")
        and not value.endswith("-")
    )


@given(st.text("abz019-", min_size=1, max_size=66) | st.text("ab-AZ_.é٣\n ", max_size=5))
@settings(max_examples=300)
def test_labels_are_accepted_exactly_by_kubernetes_rule(value):
    assert accepts(LABEL, value) == is_rfc_1123_label(value)


@pytest.mark.parametrize(("length", "accepted"), [(0, False), (1, True), (63, True), (64, False)])
def test_a_label_has_one_to_63_characters(length, accepted):
    assert accepts(LABEL, "a" * length) is accepted


@given(st.text("abAB01._-/:@ \n", min_size=1, max_size=8))
@settings(max_examples=300)
def test_an_accepted_image_name_has_no_upper_case_tag_or_digest(value):
    if accepts(IMAGE, value):
        assert value == value.lower()
        assert not set(value) & set(":@ \n")
        assert all(value.split("/"))


@given(st.from_regex(r"[a-z0-9]{1,4}((\.|_|__|-)[a-z0-9]{1,4}){0,2}(/[a-z0-9]{1,4}){0,2}", fullmatch=True))
@settings(max_examples=100)
def test_every_name_that_the_distribution_specification_and_kargo_take_is_an_image_name(value):
    assert accepts(IMAGE, value)


@pytest.mark.parametrize("value", ["a..b", "a._b", "a___b", "a-.b", "a--b"])
def test_separators_that_registries_refuse_make_no_image_name(value):
    assert not accepts(IMAGE, value)
