"""Strings of one line: mistakes that every key refuses."""

import pytest

from tests.unit.configuration import NULL, at, lines, registry_login

EMPTY = "empty; write a value, or remove the key"
INVISIBLE = "contains a line break or another invisible character; write one line of visible text"
BLANK_ENDS = "begins or ends with a space; remove it"
TOO_LONG = "longer than 1024 characters; write a shorter one"
EVALUATED = "contains {{ or ${%, which External Secrets or Kargo would evaluate; remove it"
UNSEEN = {
    "line break": "a\nb",
    "trailing line break": "a\n",
    "carriage return": "a\rb",
    "tab": "a\tb",
    "null": "a\0b",
    "bell": "a\x07b",
    "escape sequence": "\x1b[31ma",
    "delete": "a\x7fb",
    "next line": "a\x85b",
    "no-break blank": "a\xa0b",
    "line separator": "a\u2028b",
    "right-to-left": "a\u202eb",
    "zero width": "a\u200bb",
    "byte order mark": "\ufeffa",
}
PATHS = [
    "kubernetes.context",
    "kubernetes.kubeconfig",
    "registry.login.username",
    "gitOps.branch",
    "gitOps.imagesFile",
    "gitOps.repoURL",
    "kargo.webhooksBaseUrl",
    "caBundle",
    "pipelines[0].warehouse.constraint",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("value", UNSEEN.values(), ids=UNSEEN)
def test_invisible_characters_are_refused(path, value):
    assert lines(at(path, value)) == [f"{path}: {INVISIBLE}"]


@pytest.mark.parametrize("path", [path for path in PATHS if path != "caBundle"])
@pytest.mark.parametrize("value", ["", " ", "\t", "\n"], ids=["empty", "blank", "tab", "line break"])
def test_a_text_with_nothing_in_it_is_refused(path, value):
    assert lines(at(path, value)) == [f"{path}: {EMPTY}"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("value", [" a", "a "], ids=["before", "after"])
def test_blanks_at_the_ends_are_refused(path, value):
    assert lines(at(path, value)) == [f"{path}: {BLANK_ENDS}"]


@pytest.mark.parametrize("path", PATHS)
def test_a_text_too_long_for_any_use_is_refused(path):
    assert lines(at(path, "a" * 1025)) == [f"{path}: {TOO_LONG}"]


@pytest.mark.parametrize("path", ["registry.login.username", "gitOps.branch", "gitOps.imagesFile"])
@pytest.mark.parametrize("value", ["a{{b", "${{secret('x')}}", "a${%b", "{{ .password }}", "${% x %}"])
def test_what_external_secrets_or_kargo_would_evaluate_is_refused(path, value):
    assert lines(at(path, value)) == [f"{path}: {EVALUATED}"]


@pytest.mark.parametrize(
    "path", [*(path for path in PATHS if path != "caBundle"), "registry.owner", "pipelines[0].name", "pipelines[0].app"]
)
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        *[(value, "not text; put it in quotes") for value in (1, True, 1.5)],
        *[(value, "a list, not text; write one value after the colon") for value in (["a"], [], [["a"]])],
        *[(value, "a mapping, not text; write one value after the colon") for value in ({"a": "b"}, {"a": ["b"]})],
    ],
    ids=["number", "yes", "fraction", "list", "empty list", "nested list", "map", "map of lists"],
)
def test_another_kind_of_value_is_no_text(path, value, problem):
    assert lines(at(path, value)) == [f"{path}: {problem}"]


@pytest.mark.parametrize("path", ["registry.owner", "pipelines[0].image", "webhooks.scope", "gitOps.branch"])
def test_a_key_without_a_value_is_empty(path):
    assert lines(at(path, NULL)) == [f"{path}: {EMPTY}"]


@pytest.mark.parametrize("username", ["ümlaut", "a b", "robot$x", "a}b", "name@example.com", "a" * 300])
def test_a_username_may_be_anything_else(username):
    found, _ = registry_login(at("registry.login.username", username))
    assert found.username == username


def test_a_username_with_a_colon_would_be_cut():
    assert lines(at("registry.login.username", "robot:x")) == [
        "registry.login.username: contains a colon, which HTTP basic authentication does not allow; write the "
        "username only"
    ]
