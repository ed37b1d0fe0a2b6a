"""The changes in a preview, read from the engine's JSON (`pulumi preview --json`, engine 3.259)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

# The engine's placeholder for an input of a dynamic resource that is known only after `up`.
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# Operations that lose data come first.
_OPS = ("delete", "replace", "create", "update")
_LOSING = ("delete", "replace")
_LEFT_OUT = ("same", "read", "refresh", "discard")


@dataclass(frozen=True)
class Change:
    """An input that would change.

    Args:
        path: path of the input, such as `spec.interval`.
        old: current value, as JSON; None if the input is not set.
        new: new value; None if the input would be removed.
    """

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Step:
    """A change of one resource.

    Args:
        op: `delete`, `replace`, `create` or `update`.
        kind: kind of the resource, such as `Warehouse`.
        name: Pulumi name of the resource.
        changes: the inputs that differ; empty if only secret inputs differ, which the engine masks.
    """

    op: str
    kind: str
    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Plan:
    """A preview.

    Args:
        stack: name of the stack.
        steps: changes of resources; deletions and replacements come first.
        errors: error lines of a failed preview; empty if it succeeded.
    """

    stack: str
    steps: tuple[Step, ...]
    errors: tuple[str, ...] = ()

    @property
    def lost(self) -> tuple[Step, ...]:
        """The steps that delete or replace a resource."""
        return tuple(step for step in self.steps if step.op in _LOSING)

    def without(self, scrub: Callable[[str], str]) -> "Plan":
        """Return the plan with all texts scrubbed. Scrub before texts are escaped or split into lines."""

        def clean(change: Change) -> Change:
            old, new = (None if value is None else scrub(value) for value in (change.old, change.new))
            return Change(scrub(change.path), old, new)

        steps = [replace(s, name=scrub(s.name), changes=tuple(map(clean, s.changes))) for s in self.steps]
        return Plan(self.stack, tuple(steps), tuple(map(scrub, self.errors)))


def read(stack: str, printed: str, failed: str = "") -> Plan:
    """Read the plan that the engine printed.

    Args:
        stack: name of the stack.
        printed: the engine's standard output.
        failed: the engine's standard error, for a failure without JSON.
    """
    try:
        content = json.loads(printed)
    except ValueError:
        content = {}
    errors = [line for diagnostic in content.get("diagnostics") or [] for line in _error_lines(diagnostic)]
    if not content:
        errors = [line for line in failed.splitlines() if line.strip()] or ["the engine printed nothing"]
    steps = [_step(step) for step in content.get("steps") or [] if step["op"] not in _LEFT_OUT]
    steps.sort(key=lambda step: (_OPS.index(step.op), step.kind, step.name))
    return Plan(stack, tuple(steps), tuple(errors))


def _error_lines(diagnostic: dict[str, Any]) -> list[str]:
    if "err" not in diagnostic.get("severity", ""):
        return []
    lines = [line.rstrip() for line in diagnostic["message"].splitlines() if line.strip()]
    return [line.removeprefix("error: ") for line in lines]


def _step(step: dict[str, Any]) -> Step:
    *_, kind, name = step["urn"].split("::")
    old, new = (dict((step.get(state) or {}).get("inputs") or {}) for state in ("oldState", "newState"))
    changes = () if step["op"] in ("delete", "create") else tuple(_changes(old, new))
    op = next((known for known in _OPS if known in step["op"]), "update")
    return Step(op, kind.rpartition("$")[2].rpartition(":")[2], name, changes)


def _changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before, after = dict(_flat(old)), dict(_flat(new))
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            yield Change(path, before.get(path), after.get(path))


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each value in a mapping or list, with its path, except Pulumi's internal keys."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            if not key.startswith("__"):
                yield from _flat(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for i, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{i}]")
    else:
        yield path, "(known after up)" if value == _UNKNOWN else value if isinstance(value, str) else json.dumps(value)
