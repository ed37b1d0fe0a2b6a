"""Sets of tags, held against RE2."""

import re
from itertools import product
from pathlib import Path
from random import Random

import pytest
import re2
import yaml

from model.types.regexes import RegexError, compiled
from model.types.semver import TAG
from model.types.tag_sets import may_match

_GRAMMAR = yaml.safe_load((Path(__file__).parents[1] / "fixtures" / "grammar.yaml").read_text())["tag"]
_PIECES = [piece for piece in _GRAMMAR["pieces"].split() if not re.search(r"\(\?[^:]|\\[^d.]|\[\[:n", piece)]
_TAGS = ["v1", "v11", "1.2.3", "latest", "main", "v1.0-rc.1", "release_9", "sha-0ab1", "V2", "a", "0", "__", "-1", ".a"]
# For these there is no answer.
_UNKNOWN = re.compile(r"\(\?[imsU-]|\\[QpPbBxz]|\{1[0-9]{3}")


def exactly(tag: str) -> str:
    return f"^{re.escape(tag)}$"


def is_tag(text: str) -> bool:
    return re.fullmatch("[A-Za-z0-9_][A-Za-z0-9_.-]*", text) is not None


@pytest.mark.parametrize("expression", [text for text in _GRAMMAR["plain"].split() if not _UNKNOWN.search(text)])
@pytest.mark.parametrize("tag", _TAGS)
def test_a_tag_is_in_the_set_of_an_expression_that_matches_it(expression, tag):
    matches = bool(re2.search(expression, tag)) and is_tag(tag)
    assert may_match([expression, exactly(tag)]) == matches
    assert may_match([exactly(tag)], none_of=[expression]) == (is_tag(tag) and not matches)


def test_random_expressions_match_as_re2_says():
    random = Random("sets of tags 1")
    different = 0
    for _ in range(3000):
        expression = "".join(random.choices(_PIECES, k=random.randint(1, 6)))
        try:
            known = compiled(expression)
        except RegexError:
            continue
        for tag in filter(is_tag, random.sample(_TAGS, 3)):
            matches = bool(known.search(tag))
            # A set that is unknown may have every tag.
            assert may_match([expression, exactly(tag)]) or not matches, (expression, tag)
            assert may_match([exactly(tag)], none_of=[expression]) or matches, (expression, tag)
            different += may_match([expression, exactly(tag)]) == matches
    assert different > 1000


@pytest.mark.parametrize("core", ["1", "v1", "1.2", "v1.2.3", "1.2.3.4", "V1", "v", "01", "1..2"])
@pytest.mark.parametrize("suffix", ["", "-rc", "-rc.1", "-0", "-01", "-0a", "-a.01", "-1.", "-", "_1", ".x", "-01-a"])
def test_a_version_is_what_masterminds_reads(core, suffix):
    ok = re.fullmatch(r"v?\d+(\.\d+){0,2}", core) is not None
    identifiers = suffix.removeprefix("-").split(".") if suffix else []
    ok &= not suffix or suffix.startswith("-")
    ok &= all(re.fullmatch("[0-9A-Za-z-]+", one) and not re.fullmatch("0[0-9]+", one) for one in identifiers)
    assert may_match([TAG, exactly(core + suffix)]) == bool(ok)


@pytest.mark.parametrize(
    ("many", "few"), list(product(["(?:.?){60}x", "(a|b|ab)*c{1000}", "(" * 200 + ")" * 200], [TAG, "^v"]))
)
def test_what_is_too_large_has_no_answer(many, few):
    assert may_match([many, few]) or may_match([few], none_of=[many])
