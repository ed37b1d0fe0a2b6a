"""No key of a stack's file is without effect: each field of the model is read somewhere."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from config.schema import models_in
from model.stack import Stack

ROOT = Path(__file__).parents[2]
READERS = ("__main__.py", "model", "kargo", "components")


def fields(model: type[BaseModel]) -> Iterator[str]:
    """Yield `Model.field` of every field that a stack's file may set."""
    for name, field in model.model_fields.items():
        yield f"{model.__name__}.{name}"
        for inner in models_in(field.annotation):
            yield from fields(inner)


@cache
def attributes_read() -> set[str]:
    """Return the names of all attributes that the program reads."""
    files = [
        path
        for reader in READERS
        for path in ([ROOT / reader] if reader.endswith(".py") else (ROOT / reader).rglob("*.py"))
    ]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text()))]
    return {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)}


# Keys that only distinguish the sources of a password. The program looks at the type of the model.
TELLS_VARIANTS = {f"{source}Source.source" for source in ("AzureKeyVault", "IdpBuilder", "Stack")}


@pytest.mark.parametrize("field", sorted(set(fields(Stack)) - TELLS_VARIANTS))
def test_a_field_is_read(field):
    assert field.partition(".")[2] in attributes_read()
