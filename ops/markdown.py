"""A plan in Markdown for GitHub and Gitea: a summary, a table, a picture, and the details of each change."""

import html
from collections import Counter
from collections.abc import Iterable

from config.project import NAME
from ops.plan import Change, Plan, Step

# GitHub accepts 65,536 characters, Gitea more.
LIMIT = 60_000
_WORDS = {
    "delete": "to delete",
    "replace": "to replace",
    "recreate": "missing",
    "create": "to create",
    "import": "to import",
    "update": "to update",
}
_OF_ALL_HISTORY = ("Project", "Namespace")
# Room for the line with the number of omitted resources.
_RESERVE = 200
# Characters with a meaning in a line of Markdown; as entities they are plain text.
_ACTIVE = str.maketrans({char: f"&#{ord(char)};" for char in "`|@#*_~[]!:\\"})


def marker(what: str, stack: str) -> str:
    """Return the hidden line that identifies a comment or issue about a stack."""
    return f"<!-- {NAME} {what} of stack {stack} -->"


def body(plan: Plan, marker: str, picture: str = "", footer: str = "", limit: int = LIMIT) -> str:
    """Return the text of a comment or issue.

    Args:
        plan: the preview.
        marker: first line of the text.
        picture: Mermaid flowchart of the pipelines that change; empty for none.
        footer: last line of the text, in Markdown; empty for none.
        limit: maximum number of characters. Resources that do not fit are left out and counted.
    """
    if footer:
        return f"{body(plan, marker, picture, limit=limit - len(footer) - 2)}\n\n{footer}"
    parts = [marker, f"**{code(plan.stack)}: {summary(plan)}**"]
    if plan.errors:
        return "\n\n".join([*parts, _cut_lines(plan.errors, limit - sum(map(len, parts)) - _RESERVE)])
    parts += _warnings(plan)
    if not plan.steps:
        return "\n\n".join(parts)
    drawn = _drawn(picture, plan.stack, limit // 3)
    room = limit - sum(len(part) + 2 for part in [*parts, *drawn]) - _RESERVE
    rows = _fitting([f"| {step.op} | {text(step.kind)} | {code(step.name)} |" for step in plan.steps], room // 3)
    table = "\n".join(["| Change | Kind | Name |", "| --- | --- | --- |", *rows])
    folded = [_folded(step) for step in plan.steps if step.op in ("update", "replace")]
    shown = _fitting(folded, room - len(table))
    hidden = max(len(plan.steps) - len(rows), len(folded) - len(shown))
    rest = [f"{hidden} more resources are left out here; run `pulumi preview --diff` to see them."] if hidden else []
    return "\n\n".join([*parts, table, *drawn, *shown, *rest])


def summary(plan: Plan) -> str:
    """Return the changes in one line: `1 to update, nothing deleted`."""
    if plan.errors:
        return "the preview failed"
    if not plan.steps:
        return "no change"
    counts = Counter(step.op for step in plan.steps)
    words = ", ".join(f"{counts[op]} {word}" for op, word in _WORDS.items() if counts[op])
    return f"{words}{'' if plan.lost or counts['recreate'] else ', nothing deleted'}"


def text(value: str) -> str:
    """Return `value` on one line, escaped for Markdown and HTML."""
    return html.escape(" ".join(value.split()), quote=False).translate(_ACTIVE)


def code(value: str) -> str:
    """Return `value` as code, which is also valid in a table."""
    return f"<code>{text(value)}</code>"


def _warnings(plan: Plan) -> Iterable[str]:
    for step in plan.lost:
        if step.kind in _OF_ALL_HISTORY:
            yield (
                f"⚠️ **{step.kind} {code(step.name)} would be deleted, with all Freight and the history of every "
                "Stage.**"
            )
    others = [step for step in plan.lost if step.kind not in _OF_ALL_HISTORY]
    if others:
        yield f"⚠️ Deleted or replaced: {_named(others)}"
    if missing := [step for step in plan.steps if step.op == "recreate"]:
        yield f"⚠️ Missing, but not deleted by Pulumi: {_named(missing)}. `pulumi up --refresh` creates them again."


def _named(steps: list[Step]) -> str:
    """Return the kinds and names of resources; only the number of those after the tenth."""
    named, more = [f"{step.kind} {code(step.name)}" for step in steps[:10]], len(steps) - 10
    return f"{', '.join(named)}{f' and {more} more' if more > 0 else ''}"


def _drawn(picture: str, stack: str, room: int) -> list[str]:
    """Return a folded picture, or a line about one that does not fit into `room` characters."""
    if len(picture) > room:
        return [f"The picture of the pipelines is too large here; run {code(f'python -m ops.graph --stack {stack}')}."]
    head = "<details><summary>pipelines that change</summary>"
    return [f"{head}\n\n```mermaid\n{picture}```\n\n</details>"] if picture else []


def _folded(step: Step) -> str:
    lines = [line for change in step.changes for line in _lines(change)]
    content = "\n".join(lines) or "only secret values would change; they are not shown"
    # `<` and `&` become entities, so no value can end the block.
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
    """Return the first blocks that fit into `room` characters."""
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
