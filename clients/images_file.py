"""An images file, read as Kargo's steps read it: as one JSON object with an object for each environment."""

import json
from typing import Any, NoReturn


class _Object(list[tuple[str, Any]]):
    """The keys and values of a JSON object, in their order. A key may occur twice."""

    def values(self, key: str) -> list[Any]:
        return [value for name, value in self if name == key]


# An object is a list of pairs here, and a boolean is a number in Python.
_KINDS = {_Object: "an object", list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number"}


def images_file_problem(text: str, key: str) -> str | None:
    """Return why a Promotion cannot set a key, with the fix; None if it can.

    Kargo's step `json-update` finds no problem in such a file: it drops the other entries, or writes a value that no
    reader sees (1.11). The PromotionTask fails before it commits.

    Args:
        text: content of the file.
        key: `environment.app`.
    """
    if text.startswith("\ufeff"):
        return "it starts with a byte order mark; save it as UTF-8 without one"
    if not text.strip():
        return "it is empty; write {} in it, or delete it"
    try:
        content = json.loads(text, object_pairs_hook=_Object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        # Neither JSON's messages nor a position quote the file.
        return f"it is not JSON (line {error.lineno}); write JSON without comments"
    except (ValueError, RecursionError):
        return "it is not JSON that Kargo reads; write an object {environment: {app: reference}}"
    environment, app = key.split(".", 1)
    if not isinstance(content, _Object):
        return f"it contains {_kind(content)}; write an object {{environment: {{app: reference}}}}"
    found = content.values(environment)
    if len(found) > 1:
        return f"the key {environment} occurs {len(found)} times; keep one"
    inside = found[0] if found else None
    if inside is not None and not isinstance(inside, _Object):
        return f"the key {environment} contains {_kind(inside)}; write an object {{app: reference}}"
    written = inside.values(app) if inside else []
    if len(written) > 1:
        return f"the key {key} occurs {len(written)} times; keep one"
    if written and not isinstance(written[0], str | None):
        return f"the key {key} contains {_kind(written[0])}; write text there, or remove the key"
    return None


def _no_constant(_: str) -> NoReturn:
    raise ValueError


def _kind(value: Any) -> str:
    return next((name for kind, name in _KINDS.items() if isinstance(value, kind)), "null")
