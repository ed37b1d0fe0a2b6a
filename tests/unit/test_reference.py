"""What people and editors read about a stack's file says what the model says."""

from typing import Any

import jsonschema
import pytest
import yaml

from config.errors import models_in
from config.reference import PROJECT, ROOT, generated, meanings, schema, table
from model.secrets import SECRETS
from model.stack import Stack
from model.value import Value
from tests.program import merged


class Trial(Value):
    """Not what a field means."""

    told: str
    """what it says"""

    untold: str


STACK_FILES = ["Pulumi.dev.yaml", "Pulumi.prod.yaml"]


def every_model(model: type[Any] = Stack) -> list[type[Any]]:
    inner = [found for field in model.model_fields.values() for found in models_in(field.annotation)]
    return [model, *(found for child in inner for found in every_model(child))]


def stack_file(name: str, **changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return merged(content, {"config": {f"{PROJECT}:{key}": value for key, value in changes.items()}})


def refused_by_the_schema(content: dict[str, Any]) -> list[str]:
    """Return the JSON paths of what an editor would underline."""
    return [error.json_path for error in jsonschema.Draft202012Validator(schema()).iter_errors(content)]


@pytest.mark.parametrize("path", sorted(generated()), ids=lambda path: path.name)
def test_a_generated_part_is_what_the_model_says(path):
    assert path.read_text() == generated()[path], f"{path.name} has drifted; run: make reference"


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model.__name__)
def test_every_field_has_its_meaning_below_it(model):
    assert meanings(model).keys() >= model.model_fields.keys()


def test_a_text_that_stands_elsewhere_is_no_meaning():
    assert meanings(Trial) == {"told": "what it says"}


def test_the_table_has_a_row_for_every_key_that_holds_a_value():
    rows = {line.split("`")[1] for line in table().splitlines() if line.startswith("| `")}
    assert {
        "environment",
        "registry.host",
        "registry.login.password.vault.name",
        "pipelines[].stages[].name",
        "webhooks.rotation",
        *SECRETS,
    } <= rows


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
        ({"giteaPassword": "in clear"}, f"$.config['{PROJECT}:giteaPassword']"),
        ({"registry": None}, "$.config"),
    ],
)
def test_the_schema_underlines_a_mistake(changes, path):
    found = refused_by_the_schema(stack_file("Pulumi.dev.yaml", **changes))
    assert found
    assert all(where.startswith(path) for where in found)
