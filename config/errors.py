"""Error lines for a stack's file: `path: problem; fix`.

A line never repeats a configured value. It names keys, and cuts an unknown key that is too long.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import pulumi
from pydantic import BaseModel, ValidationError

from config.schema import keys_of, models_in, variant, variants
from config.unknown_keys import advice, of_another_variant
from model.problem import PROBLEM, PROBLEMS, Problem, shown

_EMPTY = "empty; write a value, or remove the key"
_NO_MAPPING = "not a mapping; write `key: value` lines below it"
_MESSAGES = {
    "missing": "missing; add it",
    "string_unicode": "not text; write it in UTF-8",
    "bool_type": "not a boolean; write true or false",
    "model_type": _NO_MAPPING,
    "model_attributes_type": _NO_MAPPING,
    "dict_type": _NO_MAPPING,
    "tuple_type": "not a list; write `- ` lines below it",
    "too_short": "empty; write at least one entry",
}
# The consequence of a mistake that has a line of its own.
_CONSEQUENCES = ("default_factory_not_called",)
# One key distinguishes the variants of a union.
_ABOUT_VARIANT = ("union_tag_invalid", "union_tag_not_found")


class ConfigError(pulumi.RunError):
    """A stack's file that cannot be used. Pulumi prints the text without a traceback and exits with an error."""

    def __init__(self, stack: str, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"the configuration of stack '{stack}' cannot be used; nothing was changed\n{lines}")


def problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Convert pydantic's errors to problems, one for each mistake, with paths as in the stack's file."""
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
            message = _of_kind(kind, item["input"]) or _message(kind, item["msg"], context, path, item["loc"], parent)
            path = f"{path}.{variants(_inside(item['loc'], parent))[0]}" if kind in _ABOUT_VARIANT else path
            found.append(Problem(path, message))
    # An invalid entry also makes pydantic report its list as empty. One mistake is one line.
    return [p for p in found if not any(other.path.startswith(f"{p.path}[") for other in found)]


def below(error: ValidationError, model: type[BaseModel]) -> str:
    """Return the mistakes as lines below a sentence."""
    return "".join(f"\n  {problem}" for problem in problems(error, model))


def _of_kind(kind: str, value: object) -> str | None:
    """Return the message for a value of another kind than text or a number, which name the kind of `value`."""
    wanted, fix = {
        "string_type": ("text", "put it in quotes"),
        "int_type": ("a whole number", "write digits without quotes"),
    }.get(kind, (None, ""))
    if wanted is None:
        return None
    match value:
        case list() | tuple():
            return f"a list, not {wanted}; write one value after the colon"
        case dict():
            return f"a mapping, not {wanted}; write one value after the colon"
    return f"not {wanted}; {fix}"


def _message(
    kind: str, text: str, context: dict[str, Any], path: str, loc: tuple[int | str, ...], parent: type[BaseModel]
) -> str:
    match kind:
        case _ if kind == PROBLEM:
            return text
        case "extra_forbidden":
            key, inside = str(loc[-1]), path.rpartition(".")[0]
            return of_another_variant(key, inside, parent) or f"unknown key; {advice(key, inside, parent)}"
        case "literal_error":
            return f"not an allowed value; write {context['expected']}"
        case "union_tag_invalid":
            _, values = variants(_inside(loc, parent))
            return f"not an allowed value; write {_either(map(repr, values))}"
        case "union_tag_not_found":
            key, values = variants(_inside(loc, parent))
            return f"missing; add {_either(f'{key}: {value}' for value in values)}"
        case "greater_than_equal" | "less_than_equal":
            return f"out of range; write a number that is {text.removeprefix('Input should be ')}"
    return _MESSAGES.get(kind, "cannot be read; see docs/configuration.md")


def _either(options: Iterable[str]) -> str:
    *others, last = options
    return f"{', '.join(others)} or {last}" if others else last


def _inside(loc: tuple[int | str, ...], parent: type[BaseModel]) -> list[type[BaseModel]]:
    """Return the models of the mapping at `loc`, whose last key is one of `parent`."""
    return models_in(keys_of(parent)[str(loc[-1])])


def _locate(loc: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, type[BaseModel]]:
    """Return the path as in YAML, and the model that contains its last key. A union adds its tag to `loc`."""
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
        inside = models_in(keys_of(parent).get(part)) if inside else inside
    return path, parent


def _tagged(models: Sequence[type[BaseModel]], tag: str) -> type[BaseModel] | None:
    """Return the model for a union's tag: the value of its key, or the name of the model."""
    return next((model for model in models if tag == (variant(model) or ("", model.__name__))[1]), None)
