"""The reference of a stack's file agrees with the model."""

import re
from typing import Any

import jsonschema
import pytest
import yaml

from config.project import NAME as PROJECT
from config.project import ROOT
from config.reference import SECTIONS, descriptions, generated, schema, tables
from config.schema import keys_of, mappings
from config.stack_yaml import parsed
from model.secrets import SECRETS
from model.stack import Stack
from model.value import Value
from tests.program import merged, stack_values


class Trial(Value):
    """Not the description of a field."""

    described: str
    """Its description.

    Example: `a`"""

    undescribed: str


MODELS = sorted({model for _, model in mappings(Stack)}, key=lambda model: model.__name__)
STACK_FILES = ["Pulumi.dev.yaml", "Pulumi.prod.yaml"]


def stack_file(name: str, **changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return merged(content, {"config": {f"{PROJECT}:{key}": value for key, value in changes.items()}})


def refused_by_the_schema(content: dict[str, Any]) -> list[str]:
    """Return the JSON paths of what an editor would underline."""
    return [error.json_path for error in jsonschema.Draft202012Validator(schema()).iter_errors(content)]


@pytest.mark.parametrize("path", sorted(generated()), ids=lambda path: path.name)
def test_a_generated_part_is_what_the_model_says(path):
    assert path.read_text() == generated()[path], f"{path.name} has drifted; run: make reference"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_has_a_description_of_whole_sentences(model):
    found = descriptions(model)
    assert found.keys() == model.model_fields.keys()
    for text, _ in found.values():
        assert text[0].isupper() or text.startswith("kubeconfig")
        assert text.endswith(".")


def test_a_description_is_the_string_below_a_field():
    assert descriptions(Trial) == {"described": ("Its description.", "a")}


def test_every_key_has_one_row_with_required_or_a_default():
    rows = [line.split(" | ") for table in tables().values() for line in table.splitlines() if line.startswith("| `")]
    paths = [path.strip("|` ") for path, *_ in rows]
    top = {f"{path}.{key}" if path else key for path, model in mappings(Stack) for key in keys_of(model)}
    of_sources = ("gitOps.login.password.", "gitOps.login.githubApp.privateKey.", "notify.token.")
    repeated = ("publishTo.", "pipelines[].stages[].notify.", "pipelines[].stages[].steps.after[].", *of_sources)
    assert set(paths) == {path for path in top if not path.startswith(repeated)} | {*SECRETS}
    for path, default, *_ in rows:
        assert path.strip("|` ") in SECRETS or default.startswith(("required", "optional", "`"))


@pytest.mark.parametrize("section", [*SECTIONS, "secrets"])
def test_a_section_has_an_example_that_the_model_accepts(section):
    """The committed dev stack with the section's example in it is a stack, and the schema accepts it too."""
    text = (ROOT / "docs" / "configuration.md").read_text().split(f"<!-- begin of {section} -->")[0]
    language, example = re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)[-1]
    if section == "secrets":
        assert (language, example.split()[:4]) == ("sh", ["pulumi", "config", "set", "--secret"])
        return
    keys = {**stack_values("dev"), **parsed(example)}
    keys["gitOps"] = {"login": {"username": "robot", "password": {"from": "stack"}}, **keys["gitOps"]}
    assert Stack.of_keys(keys)
    assert refused_by_the_schema({"config": {f"{PROJECT}:{key}": value for key, value in keys.items()}}) == []


def test_an_editor_sees_description_enum_default_and_example_of_a_key():
    found = schema()["$defs"]["Warehouse"]["properties"]
    assert found["imageSelectionStrategy"]["enum"] == ["SemVer", "NewestBuild", "Lexical", "Digest"]
    assert found["imageSelectionStrategy"]["default"] == "SemVer"
    assert found["platform"]["examples"] == ["linux/amd64"]
    assert found["discoveryLimit"]["description"] == "Number of images that Kargo discovers at most."


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_example_of_a_key_is_accepted(model):
    definition = schema()["$defs"].get(model.__name__, {"properties": {}})["properties"]
    checked = {"$defs": schema()["$defs"]}
    for key in definition.values():
        for example in key.get("examples", ()):
            jsonschema.validate(example, {**key, **checked})


@pytest.mark.parametrize("name", STACK_FILES)
def test_a_stack_file_names_its_schema_for_editors(name):
    first, *_ = (ROOT / name).read_text().splitlines()
    assert first == "# yaml-language-server: $schema=docs/stack.schema.json"
    assert (ROOT / "docs/stack.schema.json").is_file()


def test_the_schema_is_one_itself():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", STACK_FILES)
def test_the_schema_accepts_the_committed_stack_files(name):
    assert refused_by_the_schema(stack_file(name)) == []


def test_the_schema_accepts_encrypted_secrets():
    secure = {"secure": "v1:abc"}
    assert refused_by_the_schema(stack_file("Pulumi.dev.yaml", giteaPassword=secure, webhookSecret=secure)) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"regsitry": {}}, "$.config"),
        ({"registry": {"hosst": "a.example"}}, f"$.config['{PROJECT}:registry']"),
        ({"kargo": {"porject": "a"}}, f"$.config['{PROJECT}:kargo']"),
        ({"pipelines": [{"name": "a", "image": "a", "stages": [{"nam": "a"}]}]}, f"$.config['{PROJECT}:pipelines'][0]"),
        ({"environment": "staging"}, f"$.config['{PROJECT}:environment']"),
        ({"giteaPassword": "plain text"}, f"$.config['{PROJECT}:giteaPassword']"),
        ({"registry": None}, "$.config"),
    ],
)
def test_the_schema_underlines_a_mistake(changes, path):
    found = refused_by_the_schema(stack_file("Pulumi.dev.yaml", **changes))
    assert found
    assert all(where.startswith(path) for where in found)
