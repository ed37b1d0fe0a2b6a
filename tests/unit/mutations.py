"""Stack files with mistakes: committed values with a few random changes."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

from model.secrets import SECRETS
from tests.program import merged
from tests.unit.configuration import PLANTED, committed

_FIXTURES = Path(__file__).parents[1] / "fixtures"
_MISTAKES = yaml.safe_load((_FIXTURES / "mistakes.yaml").read_text())
_GRAMMAR = yaml.safe_load((_FIXTURES / "grammar.yaml").read_text())
_LONG = ["ß" * 300, "a" * 2000, "9" * 5000, "(" * 500, "[" * 500, "\ud800"]
_TEXTS = [
    *(text for row in _MISTAKES["texts"] for text in row),
    *(
        piece
        for kind in _GRAMMAR.values()
        for pieces in (kind["pieces"], kind.get("values", []))
        for piece in (pieces if isinstance(pieces, list) else pieces.split())
    ),
    *_LONG,
]
# Values that no line may show, alone and as a part of another value.
_SECRETS = [
    "hunter2",
    "Hunter2!",
    PLANTED,
    f"{PLANTED}\n",
    f"a:{PLANTED}",
    f"../{PLANTED}",
    f"https://u:{PLANTED}@a.b/c",
]
_OTHER_KINDS: list[Any] = [
    *(None, True, False, 0, 1, -1, 100, 101, 10**30, 1.5, float("inf"), float("nan"), [], {}, [[]], [{}], {"": {}}),
    *([None], [1], {"secure": "v1:hunter2"}, {"kind": "gitea"}, {"kind": []}, {"kind": {}}, [PLANTED], {"a": PLANTED}),
]
_KEYS = [*_MISTAKES["keys"], "x" * 99]


def stack_files(random: Random) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Yield plain values and encrypted ones of stack files with none to four mistakes."""
    while True:
        stack = random.choice(["dev", "prod"])
        values = copy.deepcopy(committed(stack))
        if random.random() < 0.5:
            optional, pipelines = copy.deepcopy((_MISTAKES["optional"], _MISTAKES["pipelines"]))
            values = {**merged(values, optional), "pipelines": pipelines}
        if random.random() < 0.15:
            values[random.choice(["registry", "gitOps"])]["login"] = copy.deepcopy(random.choice(_MISTAKES["logins"]))
        for _ in range(random.choice([0, 1, 1, 1, 2, 3, 4])):
            _mistake(random, values)
        yield values, _secrets(random, values, stack)


def _secrets(random: Random, values: dict[str, Any], stack: str) -> dict[str, str]:
    if random.random() < 0.8:
        keys = [*(["giteaPassword"] if stack == "dev" else []), *(["publishPassword"] if "publishTo" in values else [])]
        return dict.fromkeys(keys, PLANTED)
    found = {key: random.choice([f"{PLANTED}-{'a' * 40}", *_TEXTS]) for key in SECRETS if random.random() < 0.3}
    if random.random() < 0.3:
        values[random.choice([*SECRETS])] = random.choice([PLANTED, 83, {"a": PLANTED}])
    if random.random() < 0.3 and values:
        key = random.choice(list(values))
        found[key] = json.dumps(values[key])
    return found


def _mistake(random: Random, values: Any) -> None:
    """Change one place of `values`."""
    places = [*_places(values)]
    if not places:
        return
    holder, key = random.choice(places)
    value = holder[key]
    match random.choice(["text", "text", "text", "kind", "cut", "rename", "more", "wrap", "twice"]):
        case "text":
            text = value if isinstance(value, str) else ""
            at = random.randint(0, len(text))
            piece = random.choice(_SECRETS if random.random() < 0.4 else _TEXTS)
            holder[key] = piece if random.random() < 0.4 else text[:at] + piece + text[at + random.randint(0, 2) :]
        case "kind":
            holder[key] = copy.deepcopy(random.choice(_OTHER_KINDS))
        case "cut":
            del holder[key]
        case "rename" if isinstance(holder, dict):
            holder[random.choice([*_KEYS, f"{key}x", str(key)[1:], str(key).swapcase()])] = holder.pop(key)
        case "more" if isinstance(value, dict):
            value[random.choice(_KEYS)] = copy.deepcopy(random.choice([*_OTHER_KINDS, *_SECRETS, *_TEXTS]))
        case "wrap":
            holder[key] = random.choice([[value], {"value": value}, json.dumps(value)])
        case "twice" if isinstance(holder, list):
            holder.append(copy.deepcopy(value))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container and key below `value`."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
