"""The tags that a Warehouse matches, and the interval of its polls."""

import contextlib
import time

import pytest

from config.errors import ConfigError
from tests.unit.configuration import PLANTED, lines, load, login, refusal, registry_login, warehouse

NOT_A_DURATION = "not a duration; write hours, minutes and seconds, such as 5m, 1h30m or 1.5h"
NOT_WHOLE = "not a whole number of seconds; write a duration such as 5m, 1h30m or 1.5h"
TOO_LONG = "longer than 2562047 hours, the longest duration of Go; write a shorter one"
ZERO = "zero; write the time between two polls, such as 5m"
EXAMPLE = r"write one such as '^v\d+$'"
LATEST = f"matches the tag 'latest', which is not a version; {EXAMPLE}"
NO_TAG = f"contains a character that no tag contains; {EXAMPLE}"
NOT_GO = "not a regular expression in Go's syntax: {}; " + EXAMPLE
ESCAPE = NOT_GO.format("it contains an escape that Go does not have, such as \\Z, \\u or a back-reference")
GROUP = NOT_GO.format("it contains a group that Go does not have, such as a look-around or a comment")
REPEATED = NOT_GO.format("a repetition is repeated, as in possessive quantifiers")
TOO_OFTEN = NOT_GO.format("it repeats more than 1000 times")
BRACE = NOT_GO.format("a brace is not a repetition {n}, {n,} or {n,m}")

PRERELEASE = (
    "matches versions such as 20260115-0930, which Kargo skips for the zero at the beginning of the pre-release; "
)
OTHER = "write another expression, or imageSelectionStrategy: Lexical or NewestBuild"
NO_VERSION = "matches no version, and Kargo skips all other tags; "
COMMITS = "matches commit IDs, and Kargo skips those with a letter; "
LEAVES_NONE = "leaves no tag that allowTagsRegexes matches; correct one of them"
ORDER = {"imageSelectionStrategy": "Lexical"}
NOT_SEMVER = "not a SemVer range; write comparisons such as >=10 <12, ^1.2 or ~1.2.3, joined by ||"


def tags(*regexes: object):
    return warehouse(allowTagsRegexes=list(regexes))


@pytest.mark.parametrize(
    ("regex", "problem"),
    [
        *[(regex, LATEST) for regex in (".*", ".", "latest", "^latest$", r"\w+")],
        *[(regex, LATEST) for regex in ("^", r"\z", "[a-z]", "(?i)LATEST", "v?", "^(v1|latest)$")],
        *[(regex, NO_TAG) for regex in (r"^v \d$", r"^é\d$", r"^(?P<é>v)\d$")],
        *[(regex, GROUP) for regex in (r"^v(?=\d)", r"^v(?!x)\d", r"^(?<=x)v", r"^(?#x)v\d", r"(?x)^v\d", r"^(?>v)\d")],
        (r"^(?<!x)v\d+$", GROUP),
        (r"^(?P<n>v)(?P=n)$", GROUP),
        (r"^(?P<>v)$", NOT_GO.format("the name of a group contains other characters than letters, digits and _")),
        (r"^(?P<n>v)(?<n>\d)$", NOT_GO.format("two groups have the same name")),
        *[(regex, ESCAPE) for regex in (r"^(v)\1$", r"^v\d+\Z", r"^\u0076\d+$", r"^[\b]v$", r"^v\C$", r"^\x{110000}$")],
        *[(regex, REPEATED) for regex in (r"^v\d++$", r"^v\d*+$", r"^v\d{2}+$", r"^v\d**$", r"^v\d{2}{3}$")],
        *[
            (regex, TOO_OFTEN)
            for regex in (r"^v\d{1001}$", r"^v(?:\d{100}){11}$", r"^v\d{2,1}$", r"^v\d{99999999999}$")
        ],
        *[(regex, BRACE) for regex in (r"^v\d{,5}$", r"^v{$", r"^v}$", r"^v{x}$", r"^v\d{1,2,3}$")],
        ("(", NOT_GO.format("a parenthesis is not closed")),
        (")", NOT_GO.format("a parenthesis is not opened")),
        ("^[v", NOT_GO.format("a bracket is not closed")),
        ("^v\\", NOT_GO.format("it ends with a backslash")),
        ("*v", NOT_GO.format("a repetition has nothing to repeat")),
        ("^[z-a]$", NOT_GO.format("a class contains an invalid range")),
        (r"^\p{Nope}$", NOT_GO.format("a class contains an invalid range")),
        (r"^(?:\pL{30}){30}$", NOT_GO.format("it is too large")),
        ("^v\\d+$\n", "contains a line break or another invisible character; write one line of visible text"),
        (r"^v\d+$ ", "begins or ends with a space; remove it"),
        (7, "not text; put it in quotes"),
    ],
)
def test_a_tag_regex_that_kargo_cannot_compile_or_that_admits_everything_is_refused(regex, problem):
    assert lines(tags(r"^v\d+$", regex)) == [f"pipelines[0].warehouse.allowTagsRegexes[1]: {problem}"]


def test_a_bad_tag_regex_gives_no_second_line_about_an_empty_list():
    assert lines(tags(".*")) == [f"pipelines[0].warehouse.allowTagsRegexes[0]: {LATEST}"]


@pytest.mark.parametrize(
    "regex",
    [
        *(
            r"^v\d+\z",
            r"^v\pN+$",
            r"^v(?i)-RC\d$",
            r"^(?<major>\d+)\.\d+$",
            r"^\Qv1.\E\d+$",
            r"^v\+*\d$",
            r"^v[?+]?\d$",
        ),
        *(r"^\d*$", r"^v\d{1,1000}$", r"^v(?:\d{10}){100}$", r"^(?i:V)\d+$", r"^[[:digit:]]+$", r"^[^a-z]+$", r"\d$"),
        *(r"^v[{]?\d$", r"^v\{?\d$", r"^\x76\d$", r"^[]v]\d$"),
    ],
)
def test_what_go_compiles_is_accepted(regex):
    assert load(tags(regex)).stack.pipelines[0].warehouse.allow_tags_regexes == (regex,)


@pytest.mark.parametrize(
    ("regex", "problem"),
    [
        *[
            (regex, f"matches no tag; {EXAMPLE}")
            for regex in (r"^v\+\d$", "^$", "a/b", "^-", r"^\.", "x^", "$v", r"^\s+$")
        ],
        *[
            (regex, NO_VERSION + OTHER)
            for regex in (
                *(r"^\d+\.\d+\.\d+\.\d+$", r"^v\d+(\.\d+){3}$", "^sha-[0-9a-f]+$", "^build-", r"^release-.*$"),
                *(r"^\d{8}T\d{4}$", r"^[0-9]{8}_[0-9]{4}$", r"^V\d+$", r"^v-?\d+\.$", r"^(main|dev)-\d+$", "^v0_"),
            )
        ],
        *[
            (regex, PRERELEASE + OTHER)
            for regex in (
                *(r"^\d{8}-\d{4}$", r"^20\d{6}-[0-2]\d[0-5]\d$", r"^\d{8}-\d{6}$", r"^v\d+\.\d+\.\d+-rc\.\d{2}$"),
                *(r"^v\d+(-\d{3})?$", r"^\d{4}\.\d{2}-[[:digit:]]{2,4}$"),
            )
        ],
        *[
            (regex, COMMITS + OTHER)
            for regex in ("^[0-9a-f]{7}$", "^[a-f0-9]{7,40}$", "^[0-9a-f]+$", r"^[0-9a-f]{8}-\d+$")
        ],
    ],
)
def test_tags_that_kargo_would_skip_without_an_error_are_refused(regex, problem):
    assert lines(tags(r"^v\d+$", regex)) == [f"pipelines[0].warehouse.allowTagsRegexes[1]: {problem}"]


@pytest.mark.parametrize("regex", [r"^\d{8}-\d{4}$", r"^\d+\.\d+\.\d+\.\d+$", "^[0-9a-f]{7}$", "^sha-", r"^v\d+$"])
@pytest.mark.parametrize("strategy", ["Lexical", "NewestBuild"])
def test_other_strategies_take_tags_of_every_form(regex, strategy):
    assert load(warehouse(imageSelectionStrategy=strategy, allowTagsRegexes=[regex])).stack


@pytest.mark.parametrize(
    "regex",
    [
        *(r"^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$", r"^\d{8}\.\d{4}$", r"^\d{4}-\d{2}-\d{2}$", r"^\d{14}$", r"^\d+-\d+$"),
        *(r"^v\d+\.\d+\.\d+-\d{8}$", r"^v\d+\.\d+\.\d+-\d{8}\.\d+$", r"^\d{8}-\d{4}-[0-9a-f]{7}$", r"^20\d{6}-1\d{3}$"),
        *(r"^v\d+-rc\d{2}$", r"^v\d+-rc\.\d+$", r"^\d+(\.\d+){2,3}$", "^v", r"^v?\d", r"^v[0-9]{1,3}$"),
    ],
)
def test_tags_of_which_kargo_takes_the_usual_ones_are_accepted(regex):
    assert load(tags(regex)).stack


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        *[
            ({"ignoreTagsRegexes": [regex]}, LEAVES_NONE)
            for regex in (".*", "^", "^v", r"\d", "[a-z0-9]", r"^v\d*$", "v?")
        ],
        ({"ignoreTagsRegexes": ["[0-4]$", "[5-9]$"]}, LEAVES_NONE),
        ({"allowTagsRegexes": [r"^v\d+$", r"^\d+$"], "ignoreTagsRegexes": ["^v", "^[0-9]"]}, LEAVES_NONE),
        ({**ORDER, "allowTagsRegexes": ["^build-"], "ignoreTagsRegexes": ["-"]}, LEAVES_NONE),
        # Only versions are left with SemVer.
        ({"allowTagsRegexes": ["^v"], "ignoreTagsRegexes": [r"\d"]}, LEAVES_NONE),
    ],
)
def test_tags_that_are_all_ignored_are_refused(rules, problem):
    assert lines(warehouse(**rules)) == [f"pipelines[0].warehouse.ignoreTagsRegexes: {problem}"]


@pytest.mark.parametrize(
    "rules",
    [
        *({"ignoreTagsRegexes": [regex]} for regex in ("-rc$", "^v1", "0$", "^latest$", "^v[0-9]$", r"^(?i)V")),
        {"ignoreTagsRegexes": ["[0-4]$", "[5-8]$"]},
        {"allowTagsRegexes": [r"^v\d+$", r"^\d+$"], "ignoreTagsRegexes": ["^v"]},
        {**ORDER, "allowTagsRegexes": ["^v"], "ignoreTagsRegexes": [r"\d"]},
    ],
)
def test_tags_of_which_some_are_ignored_are_accepted(rules):
    assert load(warehouse(**rules)).stack


@pytest.mark.parametrize("regex", [r"^(?:.?){60}x$", r"^(x+x+)+y$", r"^(?:a?){500}a{500}$", "(" * 1000, "[" * 1000])
def test_no_tag_regex_takes_long(regex):
    start = time.process_time()
    with contextlib.suppress(ConfigError):
        load(tags(regex))
    assert time.process_time() - start < 1


def test_a_regex_error_does_not_quote_the_pattern(capfd):
    assert PLANTED not in refusal(tags(f"(?P<{PLANTED}>v)"))
    assert PLANTED not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "constraint",
    [
        *(
            "nonsense",
            "==10",
            ">=10 && <12",
            ">=",
            "1.2.3.4",
            "latest",
            ">=10,",
            ">=10 | <12",
            "||",
            ">=1 ||",
            "v",
            "1..2",
        ),
        *(
            "=>=1",
            "~>",
            "<>1",
            "1 -2",
            ">=1 - 2",
            "1.x.3",
            "x.1",
            "1x",
            ">=1.0-01",
            ">=1.0-",
            ">=1.0+",
            "^1.2.y",
        ),
        *("18446744073709551616", "1" * 30, "> =1", "V1", "1;2", "é"),
    ],
)
def test_a_constraint_that_kargos_admission_refuses_is_refused(constraint):
    path = "pipelines[0].warehouse.constraint"
    assert lines(warehouse(constraint=constraint)) == [f"{path}: {NOT_SEMVER}"]


@pytest.mark.parametrize(
    "constraint",
    [
        *(">=10", ">=10 <12", ">=10, <12", "^1.2", "~1.2.3", "~> 1", "1.x", "1.2.X", "*", "=1", "!=1.5", "=>1", "=<2"),
        *("1.2 - 1.4.5", ">=1.0.0-rc.1", ">=1.2.3-0", "1.2.3+b.5", "^1 || ^2", "v10", ">= 10", "18446744073709551615"),
    ],
)
def test_a_constraint_of_masterminds_semver_is_accepted(constraint):
    assert load(warehouse(constraint=constraint)).stack.pipelines[0].warehouse.constraint == constraint


@pytest.mark.parametrize(
    ("interval", "problem"),
    [
        *[
            (text, NOT_A_DURATION)
            for text in (
                *(
                    "5 minutes",
                    "",
                    "5",
                    "m",
                    "-5m",
                    "+5m",
                    "1d",
                    "5m ",
                    "5M",
                    "5m\n",
                    ".5h",
                    "5.h",
                    "500ms",
                    "1us",
                    "٣m",
                ),
                *("1h 30m", "1,5h", "1e3s", "5mm", "9" * 5000 + "s"),
            )
        ],
        *[(text, NOT_WHOLE) for text in ("0.5s", "1.5s", "0.0001h", "0.3333333333h")],
        *[(text, TOO_LONG) for text in ("2562048h", "2562047h48m", "9223372037s", "9" * 18 + "h", "2562047h47m17s")],
        *[(text, ZERO) for text in ("0s", "0h0m", "0.0h", "00m")],
        (300, "not text; put it in quotes"),
    ],
)
def test_an_interval_that_kargo_refuses_is_refused(interval, problem):
    assert lines(warehouse(interval=interval)) == [f"pipelines[0].warehouse.interval: {problem}"]


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ({"allowTagsRegexes": []}, "allowTagsRegexes: empty; write at least one entry"),
        ({"allowTagsRegexes": "^v"}, "allowTagsRegexes: not a list; write `- ` lines below it"),
        ({"discoveryLimit": 0}, "discoveryLimit: out of range; write a number that is greater than or equal to 1"),
        ({"discoveryLimit": -1}, "discoveryLimit: out of range; write a number that is greater than or equal to 1"),
        ({"discoveryLimit": 101}, "discoveryLimit: out of range; write a number that is less than or equal to 100"),
        ({"discoveryLimit": 10**300}, "discoveryLimit: out of range; write a number that is less than or equal to 100"),
        ({"discoveryLimit": "20"}, "discoveryLimit: not a whole number; write digits without quotes"),
        ({"discoveryLimit": 20.5}, "discoveryLimit: not a whole number; write digits without quotes"),
        ({"discoveryLimit": True}, "discoveryLimit: not a whole number; write digits without quotes"),
    ],
)
def test_a_rule_of_the_wrong_type_or_range_is_refused(rules, line):
    assert lines(warehouse(**rules)) == [f"pipelines[0].warehouse.{line}"]


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        *[("24h", "24h0m0s"), ("90s", "1m30s"), ("5m", "5m0s"), ("45s", "45s"), ("1.5h", "1h30m0s"), ("0.1m", "6s")],
        *[("2562047h47m16s", "2562047h47m16s"), ("1m1.0s", "1m1s"), ("1s1m1h", "1h1m1s"), ("007m", "7m0s")],
    ],
)
def test_durations_reach_kargo_as_its_admission_writes_them(written, canonical):
    (one,) = load(warehouse(interval=written)).stack.pipelines
    assert one.warehouse.interval == canonical
    _, password = registry_login(login(password={"refreshInterval": written}))
    assert password.refresh_interval == canonical
