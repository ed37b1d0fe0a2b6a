"""The files for Backstage agree with the stack files, the model and the documentation. `make backstage` runs them."""

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from config.project import NAME, ROOT
from config.reference import schema
from tests.backstage.runs import HOST, OWNER, REPOSITORY, RUNS, UNTOUCHED
from tests.program import stack_values

COMPONENT = yaml.safe_load((ROOT / "catalog-info.yaml").read_text())
TEMPLATE = yaml.safe_load((ROOT / "backstage/template.yaml").read_text())
PAGES = TEMPLATE["spec"]["parameters"]
FORM = {name: field for page in PAGES for name, field in page["properties"].items()}
PACKAGES = json.loads((ROOT / "backstage/package.json").read_text())["dependencies"]
GUIDE = (ROOT / "docs/backstage.md").read_text()
MKDOCS = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
SCHEMA = schema()
STACKS = sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))


def resolved(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field of the schema without a reference, and without the null that an absent key has."""
    if "$ref" in field:
        definition = SCHEMA["$defs"][field["$ref"].rpartition("/")[2]]
        return {**definition, "description": field.get("description", definition["description"])}
    if "anyOf" in field:
        (one,) = [variant for variant in field["anyOf"] if variant != {"type": "null"}]
        rest = {key: value for key, value in field.items() if key not in ("anyOf", "default")}
        return {**rest, **resolved(one)}
    return field


def differences(field: dict[str, Any], model: dict[str, Any], path: str) -> list[str]:
    """Return the rules, defaults and descriptions of a form's field that differ from the model's."""
    model = resolved(model)
    nested = ("properties", "items", "required", "title", "examples", "additionalProperties")
    own = {key: value for key, value in field.items() if key not in nested}
    # A Stage needs no description of its own in a list of Stages.
    expected = {
        key: value for key, value in model.items() if key not in nested and (key != "description" or key in own)
    }
    found = [] if own == expected else [f"{path}: {own} instead of {expected}"]
    if field.get("required", []) != model.get("required", []):
        found.append(f"{path}.required")
    for name, inner in field.get("properties", {}).items():
        found += differences(inner, model["properties"][name], f"{path}.{name}")
    return found + (differences(field["items"], model["items"], f"{path}[]") if "items" in field else [])


def described(field: dict[str, Any]) -> list[Any]:
    """Return the description of each key of a mapping, at every depth."""
    inner = [*field.get("properties", {}).values(), *([field["items"]] if "items" in field else [])]
    own = [inner.get("description") for inner in field.get("properties", {}).values()]
    return own + [text for one in inner for text in described(one)]


def defaults(field: dict[str, Any]) -> Any:
    """Return what a form sends of a field that a user leaves alone; None for nothing."""
    if "properties" not in field:
        return field.get("default")
    return {name: value for name, inner in field["properties"].items() if (value := defaults(inner)) is not None}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["title"])
def test_a_page_of_the_form_is_a_json_schema_that_requires_its_keys(page):
    jsonschema.Draft7Validator.check_schema(page)
    assert page["required"] == [*page["properties"]]


def test_the_form_offers_the_committed_stacks():
    assert FORM["stack"]["enum"] == STACKS


def test_the_form_has_the_rules_defaults_and_descriptions_of_the_model():
    assert differences(FORM["pipeline"], SCHEMA["$defs"]["Pipeline"], "pipeline") == []
    assert None not in described(FORM["pipeline"])


def test_a_difference_from_the_model_would_be_found():
    one = SCHEMA["$defs"]["Stage"]["properties"]["autoPromotion"]
    field = {"type": "boolean", "title": "A", "default": False, "description": one["description"]}
    assert differences(field, one, "x") == []
    for changed in ({"default": True}, {"type": "string"}, {"enum": [True]}, {"description": "Other."}):
        assert differences({**field, **changed}, one, "x")


def test_the_check_knows_what_an_untouched_form_sends():
    assert defaults(FORM["pipeline"]) == UNTOUCHED


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.title)
def test_the_form_accepts_what_it_should(run):
    values = {"stack": run.stack, "pipeline": run.pipeline, "repoUrl": f"{HOST}?owner={OWNER}&repo={REPOSITORY}"}
    refused = [error.json_path for page in PAGES for error in jsonschema.Draft7Validator(page).iter_errors(values)]
    assert refused == ([run.refused.replace("instance", "$")] if run.refused else [])


def test_the_form_asks_for_the_repository_of_the_component():
    options = FORM["repoUrl"]["ui:options"]
    assert options == {"allowedHosts": [HOST], "allowedOwners": [OWNER], "allowedRepos": [REPOSITORY]}
    assert COMPONENT["metadata"]["name"] == REPOSITORY == NAME
    assert set(re.findall(r"https://github\.com/([\w-]+/[\w-]+)/blob/main", GUIDE)) == {f"{OWNER}/{REPOSITORY}"}


def test_the_guide_lists_the_actions_and_their_packages():
    rows = [re.findall("`(.+?)`", line) for line in GUIDE.splitlines() if line.startswith("| `")]
    assert {action for *actions, _ in rows for action in actions} == {s["action"] for s in TEMPLATE["spec"]["steps"]}
    assert {package for *_, package in rows} <= PACKAGES.keys()


def test_the_packages_have_exact_versions():
    """Not in tests/, where Renovate ignores package files (`config:recommended`, 44)."""
    assert [version for version in PACKAGES.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_the_links_lead_to_the_project_in_kargo():
    addresses = [link["url"] for link in COMPONENT["metadata"]["links"]]
    kargo = [stack_values(stack)["kargo"] for stack in STACKS]
    assert addresses == [
        f"{k['webhooksBaseUrl'].replace('kargo-webhooks', 'kargo')}/project/{k['project']}" for k in kargo
    ]


def test_both_files_have_an_owner_that_promotes_to_production():
    (promoter,) = stack_values("prod")["kargo"]["roles"]["promoter"]
    assert {COMPONENT["spec"]["owner"], TEMPLATE["spec"]["owner"]} == {promoter}


def test_techdocs_has_every_page():
    assert COMPONENT["metadata"]["annotations"]["backstage.io/techdocs-ref"] == "dir:."
    pages = [page for entry in MKDOCS["nav"] for page in entry.values()]
    assert sorted(pages) == sorted(path.name for path in (ROOT / MKDOCS["docs_dir"]).glob("*.md"))
    index = (ROOT / "docs/index.md").read_text()
    assert [page for page in pages if f"]({page})" not in index] == ["index.md"]
