"""The recipes for tags of other forms, in the page about pipelines and in the migration."""

import re
from typing import Any

import pytest
import yaml

from config.project import ROOT
from kargo.warehouse import warehouse_spec
from model.types.semver import TAG
from tests.unit.configuration import load, pipeline, warehouse

FORMS = ["v136-20250809-123301", "79", "v126-production"]
OTHERS = ["latest", "v11", "1234567", "3f2a1bc", "v136-20250809", "v126-staging", "sha-79"]
ROW = re.compile(r"^ *\| `([^`|]+)` \| `([^`|]+)` \|(?: `([^`|]+)` \|)?", re.MULTILINE)


def section(page: str, heading: str) -> str:
    return re.split(r"\n##+ ", (ROOT / "docs" / page).read_text().partition(f"{heading}\n")[2])[0]


def recipes() -> list[tuple[str, dict[str, Any]]]:
    """Return the forms and their settings of a Warehouse, from both pages."""
    pipelines = ROW.findall(section("pipelines.md", "### Tags of other forms"))
    migration = ROW.findall(section("kargo-gitea-webhook-setup.md", "## Migrate from cdk8s charts"))
    assert [form for form, *_ in pipelines] == FORMS
    found = [(form, yaml.safe_load(regexes)) for form, regexes, _ in pipelines]
    return [
        *[(form, {"allowTagsRegexes": regexes}) for form, regexes in found],
        *[
            (form, {"allowTagsRegexes": yaml.safe_load(regexes), "constraint": yaml.safe_load(constraint)})
            for form, regexes, constraint in pipelines
        ],
        *[(form, yaml.safe_load(rules)) for form, rules, _ in migration if form in FORMS],
    ]


def test_both_pages_have_a_recipe_for_each_form():
    assert [form for form, _ in recipes()] == FORMS * 3


@pytest.mark.parametrize(("form", "rules"), recipes())
def test_a_recipe_selects_its_form_alone(form, rules):
    stack = load(warehouse(**rules)).stack
    image = warehouse_spec(stack.pipelines[0], stack.registry)["subscriptions"][0]["image"]
    (allowed,) = image["allowTagsRegexes"]
    assert image["imageSelectionStrategy"] == "SemVer"
    assert [tag for tag in [*FORMS, *OTHERS] if re.search(allowed, tag)] == [form]
    assert re.search(TAG, form)
    # A range without a pre-release excludes a pre-release.
    assert "constraint" not in rules or ("-" in form) == image["constraint"].endswith("-0")


@pytest.mark.parametrize("form", FORMS)
def test_the_default_does_not_match_these_forms(form):
    (default,) = load(pipeline()).stack.pipelines[0].warehouse.allow_tags_regexes
    assert not re.search(default, form)


def test_the_example_is_a_pipeline():
    (example,) = re.findall(r"```yaml\n(.*?)```", section("pipelines.md", "### Tags of other forms"), re.DOTALL)
    (one,) = load({"pipelines": yaml.safe_load(example)}).stack.pipelines
    assert one.warehouse.constraint == ">=136-0"
