"""The reference of a stack's file, generated from the model: `python -m config.reference` writes it.

It consists of the tables in `docs/configuration.md`, `docs/stack.schema.json` and the keys in Pulumi.yaml. A field's
description is the string below the field in the source, read with `ast`. The program itself imports nothing of this.
"""

import ast
import inspect
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from config.project import NAME, ROOT
from config.schema import keys_of, mappings, models_in, variant
from model.secrets import SECRETS
from model.stack import Stack

# Sections of the page, and the path whose keys each contains; a longer path takes its keys out of a shorter one.
SECTIONS = {
    "environment": "",
    "kubernetes": "kubernetes.",
    "kargo": "kargo.",
    "registry": "registry.",
    "password": "registry.login.password.",
    "gitOps": "gitOps.",
    "notify": "notify.",
    "pipelines": "pipelines[].",
    "warehouse": "pipelines[].warehouse.",
    "stages": "pipelines[].stages[].",
    "webhooks": "webhooks.",
}
_EXAMPLE = re.compile(r"\s*Example: `(.+)`$", re.DOTALL)


class Description(NamedTuple):
    """The sentences about a field, and an example in YAML, if there is one."""

    text: str
    example: str | None


@cache
def descriptions(model: type[BaseModel]) -> Mapping[str, Description]:
    """Return the description of each field of a model: the string below it in the source."""
    found: dict[str, Description] = {}
    for owner in reversed(model.__mro__):
        if not issubclass(owner, BaseModel) or owner is BaseModel:
            continue
        (definition,) = (node for node in ast.parse(inspect.getsource(owner)).body if isinstance(node, ast.ClassDef))
        for field, text in pairwise(definition.body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
                found[field.target.id] = _description(inspect.cleandoc(ast.literal_eval(text.value)))
    return found


def _description(text: str) -> Description:
    example = _EXAMPLE.search(text)
    return Description(" ".join(_EXAMPLE.sub("", text).split()), example[1] if example else None)


def tables() -> dict[str, str]:
    """Return the table of each section, and the table `secrets` of the encrypted keys."""
    rows: dict[str, list[tuple[str, str, str]]] = {section: [] for section in SECTIONS}
    for path, default, text in _rows([Stack], "", {}):
        having = [section for section, prefix in SECTIONS.items() if path.startswith(prefix)]
        rows[max(having, key=lambda section: len(SECTIONS[section]))].append((f"`{path}`", default, text))
    found = {section: _table(("Key", "Default", "Description"), of_section) for section, of_section in rows.items()}
    secrets = [(f"`{key}`", text) for key, text in SECRETS.items()]
    return {**found, "secrets": _table(("Encrypted key", "Description"), secrets)}


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heading, ["---"] * len(heading), *rows])


def schema() -> dict[str, Any]:
    """Return the JSON schema of a stack's file, for editors."""
    content = Stack.model_json_schema(by_alias=True)
    definitions = content.pop("$defs")
    for model in {model for _, model in mappings(Stack)}:
        _describe(content if model is Stack else definitions[model.__name__], model)
    secret = {"type": "object", "required": ["secure"], "properties": {"secure": {"type": "string"}}}
    keys = {**content["properties"], **{key: {**secret, "description": text} for key, text in SECRETS.items()}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Stack file of {NAME}",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [f"{NAME}:{key}" for key in content["required"]],
                "properties": {f"{NAME}:{key}": value for key, value in keys.items()},
                "patternProperties": {f"^{NAME}:(?!({'|'.join(keys)})$)": False},
            }
        },
        "$defs": definitions,
    }


def project_keys() -> str:
    """Return the `config:` entries of Pulumi.yaml, for which the engine checks type and presence."""
    lines: list[str] = []
    for name, field in Stack.model_fields.items():
        kind, default = _engine_type(field)
        lines += [f"  {NAME}:{field.alias or name}:", f"    type: {kind}"]
        if kind == "array":
            lines += ["    items:", "      type: object"]
        if not field.is_required():
            lines.append(f"    default: {default}")
        lines.append(f"    description: {json.dumps(descriptions(Stack)[name].text)}")
    return "\n".join(lines)


def generated() -> dict[Path, str]:
    """Return the whole text of every file that contains a part of the reference."""
    guide, project = ROOT / "docs" / "configuration.md", ROOT / "Pulumi.yaml"
    page = guide.read_text()
    for section, table in tables().items():
        page = _between(page, f"<!-- {{}} of {section} -->", table)
    return {
        guide: page,
        project: _between(project.read_text(), "  # {} of what `make reference` writes", project_keys()),
        ROOT / "docs" / "stack.schema.json": json.dumps(schema(), indent=2) + "\n",
    }


def _rows(
    models: Sequence[type[BaseModel]], prefix: str, shown: dict[type[BaseModel], str]
) -> Iterator[tuple[str, str, str]]:
    """Yield path, default and text of the keys below `prefix`.

    Args:
        models: the variants of the mapping.
        prefix: its path, with a dot.
        shown: models whose keys have rows already, and their paths; those are not repeated.
    """
    # A key of several variants has one row for each description.
    owners: dict[tuple[str, str], dict[type[BaseModel], str]] = {}
    for model in models:
        for name, field in model.model_fields.items():
            owners.setdefault((field.alias or name, descriptions(model)[name].text), {})[model] = name
    tags = {found[0] for model in models if (found := variant(model))}
    for key, text in sorted(owners, key=lambda row: row[0] not in tags):
        having = owners[key, text]
        fields = [model.model_fields[name] for model, name in having.items()]
        path, inner = f"{prefix}{key}", models_in(fields[0].annotation)
        default = "required" if key in tags else _default(fields)
        only = ""
        if len(having) < len(models):
            if values := [f"`{found[1]}`" for model in having if (found := variant(model))]:
                only = f"Only with {' or '.join(values)}. "
            elif default == "required":
                (other,) = set(models) - set(having)
                default = f"required without `{next(iter(keys_of(other)))}`"
        if not inner:
            yield path, default, f"{only}{text}{_values(fields)}{_example(having)}".replace("|", "\\|")
        elif all(model in shown for model in inner):
            yield path, default, f"{only}{text} Keys as in `{shown[inner[0]]}`."
        else:
            yield path, default, f"{only}{text}"
            shown |= dict.fromkeys(inner, path)
            yield from _rows(inner, f"{path}[]." if get_origin(fields[0].annotation) is tuple else f"{path}.", shown)


def _values(fields: Sequence[FieldInfo]) -> str:
    values = [v for field in fields if get_origin(field.annotation) is Literal for v in get_args(field.annotation)]
    return f" Values: {', '.join(f'`{value}`' for value in values)}." if values else ""


def _example(having: Mapping[type[BaseModel], str]) -> str:
    model, name = next(iter(having.items()))
    example = descriptions(model)[name].example
    return f" Example: `{example}`." if example else ""


def _default(fields: Sequence[FieldInfo]) -> str:
    """Return `required`, the default as YAML, or `optional`."""
    if all(field.is_required() for field in fields):
        return "required"
    value, *others = [field.default for field in fields]
    if others != [value] * len(others) or value in (None, (), PydanticUndefined) or isinstance(value, BaseModel):
        return "optional"
    text = yaml.safe_dump(
        list(value) if isinstance(value, tuple) else value, default_flow_style=True, sort_keys=False, width=math.inf
    )
    return f"`{text.removesuffix('...' + chr(10)).strip()}`"


def _describe(definition: dict[str, Any], model: type[BaseModel]) -> None:
    for name, description in descriptions(model).items():
        key = definition["properties"][model.model_fields[name].alias or name]
        key["description"] = description.text
        if description.example:
            key["examples"] = [yaml.safe_load(description.example)]
    if (found := variant(model)) and found[0] not in definition["required"]:
        # It has a default in Python only. In a file it selects the variant.
        definition["required"] = [found[0], *definition["required"]]


def _engine_type(field: FieldInfo) -> tuple[str, str]:
    if get_origin(field.annotation) is tuple:
        return "array", "[]"
    return ("object", "{}") if models_in(field.annotation) else ("string", '""')


def _between(content: str, marker: str, text: str) -> str:
    """Return `content` with `text` between its markers `begin` and `end`."""
    begin, end = (re.escape(marker.format(word)) for word in ("begin", "end"))
    return re.sub(f"(?s)({begin}\n).*?({end})", lambda found: f"{found[1]}{text}\n{found[2]}", content)


if __name__ == "__main__":
    for changed, content in generated().items():
        changed.write_text(content)
