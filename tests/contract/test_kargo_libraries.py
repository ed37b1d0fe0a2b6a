"""Answers of Kargo's own libraries, through the program that the stand-in asks."""

import pytest

pytestmark = pytest.mark.contract

# The tags in docs/pipelines.md, newest first.
BUILDS = ["v137-20250811-080000", "v136-20250810-090000", "v136-20250809-123301", "v99-20250812-000000"]
DOCUMENTED = ("builds", "builds-in-range", "builds-from", "builds-below", "builds-up-to", "counted", "named")
_FILE = """{
  "dev": {
    "backstage": "registry/backstage:v1",
    "other": 1
  }
}
"""


@pytest.mark.parametrize(
    ("tags", "allow", "constraint", "expected"),
    [
        (["v9", "v10", "v100", "v99"], [], "", ["v100", "v99", "v10", "v9"]),
        (["latest", "v1", "sha-1a2b3c4", "v2"], [r"^v\d+$"], "", ["v2", "v1"]),
        (["v1", "v1.0", "v1.0.0"], [], "", ["v1.0.0", "v1.0", "v1"]),
        (["v9", "v10", "v11"], [], ">=10 <11", ["v10"]),
        (["v2", "v3-rc1"], [], ">=2", ["v2"]),
        (["v2", "v3-rc1"], [], "", ["v3-rc1", "v2"]),
        (["latest"], [r"^v\d+$"], "", []),
        (["v1", "x2"], ["^v", "^x"], "", ["v1"]),
        ([*reversed(BUILDS), "79"], [r"^v\d+-\d{8}-\d{6}$"], "", BUILDS),
        (BUILDS, [r"^v\d+-\d{8}-\d{6}$"], ">=136", []),
        (BUILDS, [r"^v\d+-\d{8}-\d{6}$"], ">=136-0", BUILDS[:3]),
        (BUILDS, [r"^v\d+-\d{8}-\d{6}$"], ">=136-0 <137", BUILDS[:3]),
        (BUILDS, [r"^v\d+-\d{8}-\d{6}$"], ">=136-0 <137-0", BUILDS[1:3]),
        (["9", "79", "1234567"], [r"^\d{1,6}$"], "", ["79", "9"]),
        (["v9-production", "v126-production"], [r"^v\d+-production$"], ">=126-0", ["v126-production"]),
    ],
    ids=["numbers", "rules", "equal", "range", "prerelease-in-range", "prerelease", "none", "no-semver", *DOCUMENTED],
)
def test_tags_are_chosen_and_ordered(libraries, tags, allow, constraint, expected):
    rules = {"imageSelectionStrategy": "SemVer", "allowTagsRegexes": allow, "constraint": constraint}
    assert libraries.newest_first(tags, rules) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"imageSelectionStrategy": "Lexical", "allowTagsRegexes": ["^b"]}, ["b9", "b10", "b1"]),
        ({"imageSelectionStrategy": "Lexical", "ignoreTagsRegexes": ["^b9$", "^e"]}, ["v1", "b10", "b1"]),
        ({"imageSelectionStrategy": "Digest", "constraint": "edge"}, ["edge"]),
        ({"imageSelectionStrategy": "Digest", "constraint": "gone"}, []),
    ],
)
def test_other_strategies_choose_and_order_in_their_way(libraries, rules, expected):
    assert libraries.newest_first(["b1", "b10", "b9", "edge", "v1"], rules) == expected


@pytest.mark.parametrize(
    ("allow", "constraint", "message"),
    [(["("], "", "error compiling allow tags regex"), ([], "nonsense", "error parsing semver constraint")],
)
def test_a_rule_that_cannot_be_read_is_an_error(libraries, allow, constraint, message):
    rules = {"imageSelectionStrategy": "SemVer", "allowTagsRegexes": allow, "constraint": constraint}
    with pytest.raises(ValueError, match=message):
        libraries.newest_first(["v1"], rules)


def test_a_value_is_replaced_and_all_else_stays(libraries):
    replaced = libraries.with_value(_FILE, "dev.backstage", "registry/backstage:v2")
    assert replaced == _FILE.replace("backstage:v1", "backstage:v2")


@pytest.mark.parametrize(
    ("key", "added"),
    [("dev.nextjs", ',"nextjs":"x"}'), ("production.backstage", ',"production":{"backstage":"x"}}')],
)
def test_a_missing_key_is_made(libraries, key, added):
    assert added in libraries.with_value(_FILE, key, "x")


def test_expressions_of_a_step_see_images_outputs_and_statuses(libraries):
    seen = {
        "images": [{"repoURL": "registry/app", "tag": "v7", "digest": "sha256:1"}],
        "outputs": {"open-pr": {"pr": {"id": 12}}},
        "statuses": {"commit": "Succeeded"},
        "vars": {"key": "1.2", "file": "images.json"},
        "context": {"targetFreight": {"name": "0123456789abcdef"}},
    }
    template = {
        "value": 'registry/app:${{ imageFrom("registry/app").Tag }}@${{ imageFrom("registry/app").Digest }}',
        "prNumber": "${{ outputs['open-pr'].pr.id }}",
        "if": "${{ status('commit') == 'Succeeded' }}",
        "key": "${{ quote(vars.key) }}",
        "number": "${{ vars.key }}",
        "path": "./gitops/${{ vars.file }}",
        "freight": "${{ ctx.targetFreight.name[0:7] }}",
        "list": ["plain", {"${{ key }}": "42"}],
    }
    assert libraries.ask("value", template=template, promotion=seen) == {
        "value": "registry/app:v7@sha256:1",
        "prNumber": 12,
        "if": True,
        "key": "1.2",
        "number": 1.2,
        "path": "./gitops/images.json",
        # Kargo converts a result that looks like a number, also if it is a part of a string.
        "freight": 123456,
        "list": ["plain", {"${{ key }}": "42"}],
    }


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ('${{ imageFrom("registry/app").Tga }}', "has no field Tga"),
        ('${{ imageFrom("elsewhere").Tag }}', "imageFrom"),
        ("${{ comitFrom('x') }}", "cannot call nil"),
        ("${{ status('x')", "unclosed expression"),
    ],
)
def test_a_wrong_expression_is_an_error(libraries, template, message):
    seen = {"images": [{"repoURL": "registry/app", "tag": "v7", "digest": "sha256:1"}]}
    with pytest.raises(ValueError, match=message):
        libraries.ask("value", template=template, promotion=seen)
