"""What people and editors read about a stack's file, made from the model: `python -m config.reference` writes it.

The table in `docs/configuration.md`, `docs/stack.schema.json` and the keys in Pulumi.yaml. The program imports nothing
of this: a field's meaning is the text below it in the source, read here with `ast`.
"""

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from config.errors import models_in, variant
from model.secrets import SECRETS
from model.stack import Stack

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "kargo-backstage"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


@cache
def meanings(model: type[BaseModel]) -> Mapping[str, str]:
    """Return the meaning of each field of a model: the string that stands below it in the source."""
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if not issubclass(owner, BaseModel) or owner is BaseModel:
            continue
        (definition,) = (node for node in ast.parse(inspect.getsource(owner)).body if isinstance(node, ast.ClassDef))
        for field, text in pairwise(definition.body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
                found[field.target.id] = inspect.cleandoc(ast.literal_eval(text.value))
    return found


def table() -> str:
    """Return the table: every key, its default and meaning."""
    rows = ["| Key | Default | What it says |", "| --- | --- | --- |"]
    rows += [f"| `{path}` | {default} | {meaning} |" for path, default, meaning in _rows([Stack], "", {})]
    rows += [f"| `{key}` (secret) |  | {meaning} |" for key, meaning in SECRETS.items()]
    return "\n".join(rows)


def schema() -> dict[str, Any]:
    """Return the JSON schema of a stack's file, as editors take it."""
    content = Stack.model_json_schema(by_alias=True)
    definitions = content.pop("$defs")
    for model in _models(Stack):
        _describe(content if model is Stack else definitions[model.__name__], model)
    secret = {"type": "object", "required": ["secure"], "properties": {"secure": {"type": "string"}}}
    keys = {**content["properties"], **{key: {**secret, "description": text} for key, text in SECRETS.items()}}
    return {
        "$schema": _DRAFT,
        "title": f"A stack's file of {PROJECT}",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [f"{PROJECT}:{key}" for key in content["required"]],
                "properties": {f"{PROJECT}:{key}": value for key, value in keys.items()},
                "patternProperties": {f"^{PROJECT}:(?!({'|'.join(keys)})$)": False},
            }
        },
        "$defs": definitions,
    }


def project_keys() -> str:
    """Return the `config:` entries of Pulumi.yaml: the engine checks that required keys are there, and their type."""
    lines: list[str] = []
    for name, field in Stack.model_fields.items():
        kind, default = _engine_type(field)
        lines += [f"  {PROJECT}:{field.alias or name}:", f"    type: {kind}"]
        if kind == "array":
            lines += ["    items:", "      type: object"]
        if not field.is_required():
            lines.append(f"    default: {default}")
        lines.append(f"    description: {json.dumps(meanings(Stack)[name])}")
    return "\n".join(lines)


def generated() -> dict[Path, str]:
    """Return the whole text of every file that holds a part of the reference."""
    docs = ROOT / "docs"
    guide = docs / "configuration.md"
    return {
        guide: _between(guide, "<!-- {} of the configuration table -->", table()),
        ROOT / "Pulumi.yaml": _between(ROOT / "Pulumi.yaml", "  # {} of what `make reference` writes", project_keys()),
        docs / "stack.schema.json": json.dumps(schema(), indent=2) + "\n",
    }


def _rows(
    models: Sequence[type[BaseModel]], prefix: str, told: dict[type[BaseModel], str]
) -> Iterator[tuple[str, str, str]]:
    """Yield path, default and meaning of each key below `prefix`.

    Args:
        models: the variants that may stand there.
        prefix: their path, with a dot.
        told: models whose keys have rows already, and where; those are not repeated.
    """
    # A key of several variants has one row for each meaning.
    owners: dict[tuple[str, str], list[tuple[type[BaseModel], str]]] = {}
    for model in models:
        for name, field in model.model_fields.items():
            owners.setdefault((field.alias or name, meanings(model)[name]), []).append((model, name))
    first = {found[0] for model in models if (found := variant(model))}
    for key, meaning in sorted(owners, key=lambda row: row[0] not in first):
        having = owners[key, meaning]
        fields = [owner.model_fields[name] for owner, name in having]
        path, inner = f"{prefix}{key}", models_in(fields[0].annotation)
        only = _only([owner for owner, _ in having]) if len(having) < len(models) else ""
        if not inner:
            yield path, _default(fields), f"{only}{_values(fields, meaning)}{meaning}".replace("|", "\\|")
            continue
        if all(model in told for model in inner):
            yield path, "", f"{only}{meaning}; keys as in `{told[inner[0]]}`"
            continue
        if len(having) < len(models) or not fields[0].is_required():
            yield path, "", f"{only}{meaning}"
        told |= dict.fromkeys(inner, path)
        yield from _rows(inner, f"{path}[]." if get_origin(fields[0].annotation) is tuple else f"{path}.", told)


def _only(models: Sequence[type[BaseModel]]) -> str:
    """Return which variants have a key, where another key tells them apart."""
    values = [f"`{found[1]}`" for model in models if (found := variant(model))]
    return f"{' and '.join(values)} only: " if values else ""


def _values(fields: Sequence[FieldInfo], meaning: str) -> str:
    """Return the values that a key may have, unless its meaning tells them."""
    values = [v for field in fields if get_origin(field.annotation) is Literal for v in get_args(field.annotation)]
    if not values or all(f"`{value}`" in meaning for value in values):
        return ""
    return " or ".join(f"`{value}`" for value in values) + ": "


def _default(fields: Sequence[FieldInfo]) -> str:
    """Return the default as YAML, where all variants have the same one and it says something."""
    value, *others = [None if field.is_required() else field.default for field in fields]
    if others != [value] * len(others) or value in (None, (), PydanticUndefined):
        return ""
    text = yaml.safe_dump(list(value) if isinstance(value, tuple) else value, default_flow_style=True)
    return f"`{text.removesuffix('...' + chr(10)).strip()}`"


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            yield from _models(inner)


def _describe(definition: dict[str, Any], model: type[BaseModel]) -> None:
    for name, meaning in meanings(model).items():
        field = model.model_fields.get(name)
        if field is not None:
            definition["properties"][field.alias or name]["description"] = meaning
    if (told := variant(model)) and told[0] not in definition["required"]:
        # It has a default in Python alone; in a file it tells which variant this is.
        definition["required"] = [told[0], *definition["required"]]


def _engine_type(field: FieldInfo) -> tuple[str, str]:
    if get_origin(field.annotation) is tuple:
        return "array", "[]"
    return ("object", "{}") if models_in(field.annotation) else ("string", '""')


def _between(path: Path, marker: str, text: str) -> str:
    """Return the content of `path` with `text` between its markers `begin` and `end`."""
    begin, end = (re.escape(marker.format(word)) for word in ("begin", "end"))
    return re.sub(f"(?s)({begin}\n).*?(\n{end})", lambda found: found[1] + text + found[2], path.read_text())


def main() -> None:
    """Write the reference."""
    for path, text in generated().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
