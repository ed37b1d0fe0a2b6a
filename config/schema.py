"""The shape of a stack's file, read from the model: its keys, mappings and variants."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel


def keys_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the keys of a mapping, as the stack's file spells them, and their types."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models in an annotation such as `tuple[Stage, ...]` or `Gitea | Ghcr`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for arg in get_args(annotation) for model in models_in(arg)]


def mappings(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield every mapping of a file: its path, with `[]` after a list, and its model; variants share a path.

    Args:
        model: model of the mapping at `path`.
        path: where to begin; by default the file itself, whose path is empty.
    """
    yield path, model
    for key, annotation in keys_of(model).items():
        inner = f"{path}.{key}" if path else key
        for found in models_in(annotation):
            yield from mappings(found, f"{inner}[]" if get_origin(annotation) is tuple else inner)


def variant(model: type[BaseModel]) -> tuple[str, str] | None:
    """Return the key and value that distinguish this model from the other variants of a union; None without such."""
    for name, field in model.model_fields.items():
        if get_origin(field.annotation) is Literal and len(values := get_args(field.annotation)) == 1:
            return field.alias or name, values[0]
    return None


def variants(models: Sequence[type[BaseModel]]) -> tuple[str, list[str]]:
    """Return the key that distinguishes the models of a union, and its values."""
    found = [pair for model in models if (pair := variant(model))]
    return found[0][0], [value for _, value in found]
