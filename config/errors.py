"""The one place where a validation error becomes lines for people: `path: what is wrong; what to write`.

Never repeats a configured value. Keys are named, and those that are unknown as far as a line can show them.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args, get_origin

import pulumi
from pydantic import BaseModel, ValidationError

from model.problem import PROBLEM, PROBLEMS, Problem, nearest, shown

_EMPTY = "empty; write a value or leave the key out"
_NO_MAPPING = "not a mapping; write `key: value` lines below it"
_MESSAGES = {
    "missing": "missing; add it",
    "string_type": "not text; put it in quotes",
    "string_unicode": "not text; write it in UTF-8",
    "bool_type": "not a boolean; write true or false",
    "int_type": "not a whole number; write digits without quotes",
    "model_type": _NO_MAPPING,
    "model_attributes_type": _NO_MAPPING,
    "tuple_type": "not a list; write `- ` lines below it",
    "too_short": "empty; write at least one entry",
}
# A consequence of a mistake that has its own line.
_CONSEQUENCES = ("default_factory_not_called",)
# Of a union's variants, one key tells which is meant.
_ABOUT_VARIANT = ("union_tag_invalid", "union_tag_not_found")


class ConfigError(pulumi.RunError):
    """Configuration that cannot be used; Pulumi prints its text without a traceback and exits with an error."""

    def __init__(self, stack: str, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"the configuration of stack '{stack}' cannot be used; nothing was changed\n{lines}")


def problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Turn pydantic's errors into problems, with paths as the stack's file writes them.

    Args:
        error: what validating `model` raised.
        model: the model, for the known keys and the tags of unions.

    Returns:
        One problem per mistake, in the order of the error.
    """
    found: list[Problem] = []
    for item in error.errors(include_url=False):
        kind, context = item["type"], item.get("ctx", {})
        if kind in _CONSEQUENCES:
            continue
        path, parent = _locate(item["loc"], model)
        if kind == PROBLEMS:
            prefix = f"{path}." if path else ""
            found += [Problem(f"{prefix}{p.path}", p.message) for p in context[PROBLEMS]]
        elif item["input"] is None and kind != "extra_forbidden":
            found.append(Problem(path, _EMPTY))
        else:
            message = _message(kind, item["msg"], context, item["loc"], parent)
            path = f"{path}.{variants(_inside(item['loc'], parent))[0]}" if kind in _ABOUT_VARIANT else path
            found.append(Problem(path, message))
    # An invalid entry makes pydantic call its list empty as well; one mistake is one line.
    return [p for p in found if not any(other.path.startswith(f"{p.path}[") for other in found)]


def _message(kind: str, text: str, context: dict[str, Any], loc: tuple[int | str, ...], parent: type[BaseModel]) -> str:
    match kind:
        case _ if kind == PROBLEM:
            return text
        case "extra_forbidden":
            return f"unknown key; {nearest(str(loc[-1]), _aliases(parent))}"
        case "literal_error":
            return f"not one of its values; write {context['expected']}"
        case "union_tag_invalid":
            _, values = variants(_inside(loc, parent))
            return f"not one of its values; write {_either(map(repr, values))}"
        case "union_tag_not_found":
            key, values = variants(_inside(loc, parent))
            return f"missing; add {_either(f'{key}: {value}' for value in values)}"
        case "greater_than_equal" | "less_than_equal":
            return f"out of range; write a number that is {text.removeprefix('Input should be ')}"
    return _MESSAGES.get(kind, "cannot be read; see docs/configuration.md")


def _aliases(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _either(options: Iterable[str]) -> str:
    *others, last = options
    return f"{', '.join(others)} or {last}" if others else last


def _inside(loc: tuple[int | str, ...], parent: type[BaseModel]) -> list[type[BaseModel]]:
    """Return the models that may stand at `loc`, whose last key is one of `parent`."""
    return models_in(_aliases(parent)[str(loc[-1])])


def variant(model: type[BaseModel]) -> tuple[str, str] | None:
    """Return the key and the one value by which a union tells this model from others; None where none does."""
    for name, field in model.model_fields.items():
        if get_origin(field.annotation) is Literal and len(values := get_args(field.annotation)) == 1:
            return field.alias or name, values[0]
    return None


def variants(models: Sequence[type[BaseModel]]) -> tuple[str, list[str]]:
    """Return the key that tells the models of a union apart, and its values."""
    told = [found for model in models if (found := variant(model))]
    return told[0][0], [value for _, value in told]


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models inside an annotation such as `tuple[Stage, ...]` or `Gitea | Ghcr`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for arg in get_args(annotation) for model in models_in(arg)]


def _locate(loc: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, type[BaseModel]]:
    """Return the path as written in YAML and the model that holds its last key (unions add their tag to `loc`)."""
    path = ""
    inside = [model]
    parent = model
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
            continue
        if len(inside) > 1 and (tagged := _tagged(inside, part)):
            inside = [tagged]
            continue
        path += f".{shown(part)}" if path else shown(part)
        parent = inside[0] if inside else parent
        inside = models_in(_aliases(parent).get(part)) if inside else inside
    return path, parent


def _tagged(models: Sequence[type[BaseModel]], tag: str) -> type[BaseModel] | None:
    """Return the model that a union's tag means: the value of its key, or its own name where it has no such key."""
    return next((model for model in models if tag == (variant(model) or ("", model.__name__))[1]), None)
