"""The changes in a preview, read from the engine's JSON (`pulumi preview --json`, engine 3.259)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

# The engine's placeholder for an input of a dynamic resource that is known only after `up`.
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# Operations that lose data come first. `recreate` is not the engine's: see `_recreations`.
_OPS = ("delete", "replace", "recreate", "create", "import", "update")
_LOSING = ("delete", "replace")
# Keys of the engine's JSON object.
_DIGEST = {"changeSummary", "diagnostics", "steps"}
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
        op: `delete`, `replace`, `create`, `import`, `update`, or `recreate` for a resource that was deleted by another
            program or user.
        kind: kind of the resource, such as `Warehouse`.
        name: Pulumi name of the resource.
        changes: the inputs that differ; empty if only secret inputs differ, which the engine masks.
        urn: the engine's name of the resource, which no other resource of the stack has.
    """

    op: str
    kind: str
    name: str
    changes: tuple[Change, ...]
    urn: str = ""


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

        steps = [
            replace(s, name=scrub(s.name), changes=tuple(map(clean, s.changes)), urn=scrub(s.urn)) for s in self.steps
        ]
        return Plan(self.stack, tuple(steps), tuple(map(scrub, self.errors)))


def read(stack: str, printed: str, failed: str = "", code: int = 0) -> Plan:
    """Read the plan that the engine printed.

    Args:
        stack: name of the stack.
        printed: the engine's standard output. Text before and after the JSON is ignored, such as a policy pack's.
        failed: the engine's standard error, for a failure without a diagnostic.
        code: the engine's exit code.
    """
    content = _digest(printed)
    errors = [line for diagnostic in content.get("diagnostics") or [] for line in _error_lines(diagnostic)]
    if not errors and (code or not content):
        # The JSON does not contain the violations of policies (3.259).
        nothing = (
            "the engine printed no reason; run pulumi preview to see it" if content else "the engine printed nothing"
        )
        errors = [line for line in failed.splitlines() if line.strip()] or [nothing]
    steps = [_step(step) for step in _recreations(content.get("steps") or []) if step["op"] not in _LEFT_OUT]
    steps.sort(key=lambda step: (_OPS.index(step.op), step.kind, step.name))
    return Plan(stack, tuple(steps), tuple(errors))


def _digest(printed: str) -> dict[str, Any]:
    """Return the engine's JSON object in a text; empty if the text contains none."""
    start = printed.find("{")
    while start >= 0:
        try:
            found, end = json.JSONDecoder().raw_decode(printed, start)
            if _is_digest(found):
                return dict(found)
        except ValueError:
            end = start + 1
        start = printed.find("{", end)
    return {}


def _is_digest(found: dict[str, Any]) -> bool:
    """Return whether an object is the engine's: a resource's inputs may also have the key `steps`."""
    steps, diagnostics = (found.get(key) or [] for key in ("steps", "diagnostics"))
    if _DIGEST.isdisjoint(found) or not isinstance(steps, list) or not isinstance(diagnostics, list):
        return False
    return all("urn" in step for step in steps) and all("message" in diagnostic for diagnostic in diagnostics)


def _recreations(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the steps, with `recreate` for a resource that the refresh does not find and the program creates again.

    The engine prints two steps of one URN: `refresh` and `create` (`preview --refresh`, 3.259), or `delete` and
    `create`, if the result of the refresh replaces its step.
    """
    ops: dict[str, set[str]] = {}
    for step in steps:
        ops.setdefault(step["urn"], set()).add(step["op"])
    for step in steps:
        of_urn = ops[step["urn"]]
        if step["op"] == "create" and of_urn & {"refresh", "delete"}:
            yield {**step, "op": "recreate"}
        elif step["op"] != "delete" or "create" not in of_urn:
            yield step


def _error_lines(diagnostic: dict[str, Any]) -> list[str]:
    if "err" not in diagnostic.get("severity", ""):
        return []
    lines = [line.rstrip() for line in diagnostic["message"].splitlines() if line.strip()]
    return [line.removeprefix("error: ") for line in lines]


def _step(step: dict[str, Any]) -> Step:
    *_, kind, name = step["urn"].split("::")
    old, new = (dict((step.get(state) or {}).get("inputs") or {}) for state in ("oldState", "newState"))
    op = next((known for known in _OPS if known in step["op"]), "update")
    changes = tuple(_changes(old, new)) if op in ("update", "replace") else ()
    return Step(op, kind.rpartition("$")[2].rpartition(":")[2], name, changes, step["urn"])


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
