"""Named configuration types, as properties of everything they accept."""

import re
from typing import Any

import pytest
from config_types import DnsLabel, Duration, GitUrl, HostAndPort, HttpsUrl, ImagePath, PositiveDuration, RelativePath
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

LABEL = TypeAdapter(DnsLabel)
DURATION = TypeAdapter(Duration)
POSITIVE = TypeAdapter(PositiveDuration)
IMAGE = TypeAdapter(ImagePath)
HOST = TypeAdapter(HostAndPort)

parts = st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from("hms")), min_size=1, max_size=4)


def accepts(adapter: TypeAdapter[Any], value: str) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


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


def is_rfc_1123_label(value: str) -> bool:
    return (
        1 <= len(value) <= 63
        and set(value) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        and not value.startswith("-")
        and not value.endswith("-")
    )


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


# Go leaves out leading zero units and keeps those behind the first one that counts.
@given(st.integers(0, 10**6))
@settings(max_examples=100)
def test_a_canonical_duration_is_written_as_go_writes_it(total):
    canonical = DURATION.validate_python(f"{total}s")
    assert re.fullmatch(r"([1-9]\d*h[0-5]?\dm|[1-5]?\dm)?[0-5]?\ds", canonical)
    assert ("h" in canonical) == (total >= 3600)
    assert ("m" in canonical) == (total >= 60)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "1.5h", "5ms", "5d", "5m ", "5M", "5m\n"])
def test_other_texts_are_no_durations(text):
    assert not accepts(DURATION, text)


def test_only_a_duration_that_need_not_be_positive_may_be_zero():
    assert accepts(DURATION, "0s")
    assert not accepts(POSITIVE, "0h0m0s")
    assert POSITIVE.validate_python("0h0m1s") == "1s"


@given(st.text("abz019-", min_size=1, max_size=66) | st.text("ab-AZ_.é٣\n ", max_size=5))
@settings(max_examples=300)
def test_labels_are_accepted_exactly_by_kubernetes_rule(value):
    assert accepts(LABEL, value) == is_rfc_1123_label(value)


@pytest.mark.parametrize(("length", "accepted"), [(0, False), (1, True), (63, True), (64, False)])
def test_a_label_has_one_to_63_characters(length, accepted):
    assert accepts(LABEL, "a" * length) is accepted


@given(st.text("abAB01._-/:@ \n", min_size=1, max_size=8))
@settings(max_examples=300)
def test_an_accepted_image_path_has_no_upper_case_tag_or_digest(value):
    if accepts(IMAGE, value):
        assert value == value.lower()
        assert not set(value) & set(":@ \n")
        assert all(value.split("/"))


@given(st.from_regex(r"[a-z0-9]{1,4}((\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}(/[a-z0-9]{1,4}){0,2}", fullmatch=True))
@settings(max_examples=100)
def test_every_name_of_the_distribution_specification_is_an_image_path(value):
    assert accepts(IMAGE, value)


@pytest.mark.parametrize("value", ["a..b", "a._b", "a___b", "a-.b"])
def test_separators_that_registries_refuse_make_no_image_path(value):
    assert not accepts(IMAGE, value)


@pytest.mark.parametrize("value", ["gitea.example.com", "gitea.example.com:8443", "localhost:3000", "10.0.0.1"])
def test_a_host_may_have_a_port(value):
    assert HOST.validate_python(value) == value


@pytest.mark.parametrize(
    "value",
    ["", "Gitea.example", "gitea.example/", "gitea.example:", "gitea.example:port", "u@gitea.example", "a b", "a:1\n"],
)
def test_other_texts_are_no_hosts(value):
    assert not accepts(HOST, value)


@pytest.mark.parametrize("value", ["gitea.example:99999", "gitea.example:0", "gitea.example:٣"])
def test_a_port_that_does_not_exist_is_refused(value):
    assert not accepts(HOST, value)


def test_a_url_loses_its_trailing_slash_so_that_paths_can_follow():
    assert TypeAdapter(HttpsUrl).validate_python("https://h.example/kargo/") == "https://h.example/kargo"


@pytest.mark.parametrize(
    "value", ["https://", "https:///a/b", "ftp://h.example/a", "h.example/a/b", "", "https://[::1"]
)
def test_a_text_without_scheme_or_host_is_no_git_url(value):
    assert not accepts(TypeAdapter(GitUrl), value)


@pytest.mark.parametrize(
    ("value", "accepted"),
    [("a.json", True), ("a/..b.json", True), ("a/../b", False), ("../b", False), ("/b", False), ("", False)],
)
def test_a_relative_path_stays_below_the_repositorys_root(value, accepted):
    assert accepts(TypeAdapter(RelativePath), value) is accepted
