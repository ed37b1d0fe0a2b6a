"""Which tags count, and how often Kargo looks."""

import pytest

from tests.unit.configuration import lines, load, login, refusal, warehouse

PLANTED = "hunter2-planted"
NOT_A_DURATION = "not a duration; write whole hours, minutes and seconds, such as 5m or 1h30m"
NOT_RE2 = "uses what Go's regular expressions lack"
EVERY_TAG = r"matches every tag, even 'latest'; write what a release looks like, such as '^v\d+$'"


def tags(*regexes: str):
    return warehouse(allowTagsRegexes=list(regexes))


@pytest.mark.parametrize(
    ("regex", "problem"),
    [
        ("(", r"not a regular expression (see character 1); write one such as"),
        (r"^v(?=\d)", NOT_RE2),
        (r"^(?<!x)v\d+$", NOT_RE2),
        (r"^(v)\1$", NOT_RE2),
        (r"^v\d++$", NOT_RE2),
        (".*", EVERY_TAG),
        ("", EVERY_TAG),
        ("latest", EVERY_TAG),
    ],
)
def test_a_tag_regex_that_kargo_cannot_compile_or_that_admits_everything_is_refused(regex, problem):
    (line,) = lines(tags(r"^v\d+$", regex))
    assert line.startswith(f"pipelines[0].warehouse.allowTagsRegexes[1]: {problem}")


def test_a_bad_tag_regex_gives_no_second_line_about_an_empty_list():
    assert lines(tags(".*")) == [f"pipelines[0].warehouse.allowTagsRegexes[0]: {EVERY_TAG}"]


# All verified to fail in Go 1.26's regexp.Compile, which Kargo uses.
@pytest.mark.parametrize("regex", [r"^v\d+\Z", r"(?x)^v\d+$", r"^(?#release)v\d+$", r"^v\d{1001}$", r"^\u0076\d+$"])
def test_python_only_regex_syntax_is_refused_since_go_lacks_it(regex):
    (line,) = lines(tags(regex))
    assert line.startswith("pipelines[0].warehouse.allowTagsRegexes[0]: ")


def test_a_regex_error_does_not_quote_the_pattern():
    assert PLANTED not in refusal(tags(f"(?P<{PLANTED}>v)"))


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ({"interval": "5 minutes"}, f"interval: {NOT_A_DURATION}"),
        ({"interval": "1.5h"}, f"interval: {NOT_A_DURATION}"),
        ({"interval": ""}, f"interval: {NOT_A_DURATION}"),
        ({"interval": "0s"}, "interval: zero; write how often to look, such as 5m"),
        ({"interval": "0h0m"}, "interval: zero; write how often to look, such as 5m"),
        ({"interval": 300}, "interval: not text; put it in quotes"),
        ({"allowTagsRegexes": []}, "allowTagsRegexes: empty; write at least one entry"),
        ({"discoveryLimit": 0}, "discoveryLimit: out of range; write a number that is greater than or equal to 1"),
        ({"discoveryLimit": 101}, "discoveryLimit: out of range; write a number that is less than or equal to 100"),
        ({"discoveryLimit": "20"}, "discoveryLimit: not a whole number; write digits without quotes"),
    ],
)
def test_a_rule_of_the_wrong_type_or_range_is_refused(rules, line):
    assert lines(warehouse(**rules)) == [f"pipelines[0].warehouse.{line}"]


@pytest.mark.parametrize(
    ("written", "canonical"), [("24h", "24h0m0s"), ("90s", "1m30s"), ("5m", "5m0s"), ("45s", "45s")]
)
def test_durations_reach_kargo_as_its_admission_writes_them(written, canonical):
    (one,) = load(warehouse(interval=written)).stack.pipelines
    assert one.warehouse.interval == canonical
    stack = load(login(password={"refreshInterval": written})).stack
    assert stack.registry.login.password.refresh_interval == canonical
