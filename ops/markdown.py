"""A plan as GitHub and Gitea show it: in words first, then a table, then each change."""

import html
from collections.abc import Iterable

from ops.plan import Change, Plan, Step

# GitHub takes 65,536 characters, Gitea more.
LIMIT = 60_000
_WORDS = {"delete": "to delete", "replace": "to replace", "create": "to create", "update": "to update"}
_OF_ALL_HISTORY = ("Project", "Namespace")
# For the line that counts what is left out.
_RESERVE = 200
# Markdown acts on these within a line; as entities they are text everywhere.
_ACTIVE = str.maketrans({char: f"&#{ord(char)};" for char in "`|@#*_~[]!:\\"})


def marker(what: str, stack: str) -> str:
    """Return the hidden line by which what was written about a stack is found again."""
    return f"<!-- kargo-backstage {what} of stack {stack} -->"


def body(plan: Plan, marker: str, limit: int = LIMIT) -> str:
    """Return the text.

    Args:
        plan: the preview.
        marker: its first line.
        limit: the most characters; what does not fit is left out by whole resources, and counted.
    """
    parts = [marker, f"**{code(plan.stack)}: {summary(plan)}**"]
    if plan.errors:
        return "\n\n".join([*parts, _cut_lines(plan.errors, limit - sum(map(len, parts)) - _RESERVE)])
    parts += _warnings(plan)
    if not plan.steps:
        return "\n\n".join(parts)
    room = limit - sum(len(part) + 2 for part in parts) - _RESERVE
    rows = _fitting([f"| {step.op} | {text(step.kind)} | {code(step.name)} |" for step in plan.steps], room // 3)
    table = "\n".join(["| What | Kind | Name |", "| --- | --- | --- |", *rows])
    folded = [_folded(step) for step in plan.steps if step.op in ("update", "replace")]
    shown = _fitting(folded, room - len(table))
    hidden = max(len(plan.steps) - len(rows), len(folded) - len(shown))
    rest = [f"{hidden} more resources are left out here; `pulumi preview --diff` shows them."] if hidden else []
    return "\n\n".join([*parts, table, *shown, *rest])


def summary(plan: Plan) -> str:
    """Return in one line what would happen: `1 to update, nothing deleted`."""
    if plan.errors:
        return "the preview failed"
    if not plan.steps:
        return "no change"
    counts = [f"{plan.count(op)} {words}" for op, words in _WORDS.items() if plan.count(op)]
    return f"{', '.join(counts)}{'' if plan.lost else ', nothing deleted'}"


def text(value: str) -> str:
    """Return `value` as text that Markdown and HTML leave alone, on one line."""
    return html.escape(" ".join(value.split()), quote=False).translate(_ACTIVE)


def code(value: str) -> str:
    """Return `value` as code, also within a table."""
    return f"<code>{text(value)}</code>"


def _warnings(plan: Plan) -> Iterable[str]:
    for step in plan.lost:
        if step.kind in _OF_ALL_HISTORY:
            yield (
                f"⚠️ **The {step.kind} {code(step.name)} would go, and with it all Freight and the history of every "
                "Stage.**"
            )
    others = [f"{step.kind} {code(step.name)}" for step in plan.lost if step.kind not in _OF_ALL_HISTORY]
    if others:
        named, more = others[:10], len(others) - 10
        yield f"⚠️ Deleted or replaced: {', '.join(named)}{f' and {more} more' if more > 0 else ''}"


def _folded(step: Step) -> str:
    lines = [line for change in step.changes for line in _lines(change)]
    content = "\n".join(lines) or "only what is secret would change, which is not shown"
    # Whatever the values hold, no line of theirs ends the block: `<` and `&` are entities.
    escaped = html.escape(content, quote=False)
    return (
        f"<details><summary>{step.op} {text(step.kind)} {code(step.name)}</summary>\n<pre>{escaped}</pre>\n</details>"
    )


def _lines(change: Change) -> Iterable[str]:
    yield change.path
    for sign, value in (("-", change.old), ("+", change.new)):
        if value is not None:
            yield from (f"  {sign} {line}" for line in value.splitlines() or [""])


def _fitting(blocks: list[str], room: int) -> list[str]:
    """Return the first blocks that fit into so many characters."""
    shown: list[str] = []
    for block in blocks:
        room -= len(block) + 2
        if room < 0:
            break
        shown.append(block)
    return shown


def _cut_lines(lines: Iterable[str], room: int) -> str:
    listed = [html.escape(line, quote=False) for line in lines]
    shown = _fitting(listed, room)
    more = [f"and {len(listed) - len(shown)} more lines"] if len(shown) < len(listed) else []
    return "<pre>" + "\n".join([*shown, *more]) + "</pre>"
