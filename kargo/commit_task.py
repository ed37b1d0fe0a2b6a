"""The PromotionTask that commits an image reference. All Stages of a project that push share it.

Concurrent Promotions change adjacent lines of one file, which is a conflict for Git, and Kargo never promotes failed
Freight again. So the task tries three times, each time in a fresh clone. Of 30 Promotions, ten at once, 30 succeeded
with three tries and 16 with one (Kargo 1.11).
"""

from collections.abc import Mapping
from typing import Any

from kargo.manifest import Manifest, manifest
from kargo.names import KARGO_API
from kargo.steps import CHECKOUT, Step, as_text, checked_out, expression, retry, succeeded
from model.git_ops import GitOps
from model.stack import Stack

NAME = "commit-image"
_TRIES = 3
# The variables that a Stage sets.
_VARS = ("branch", "file", "key", "reference", "message")


def commit_task_manifest(stack: Stack) -> Manifest | None:
    """Return the PromotionTask of the Stages that push; None if every Stage opens a pull request."""
    if not any(stage.promote_by == "push" for pipeline in stack.pipelines for stage in pipeline.stages):
        return None
    return manifest(KARGO_API, "PromotionTask", NAME, stack.kargo.project, spec=commit_task_spec(stack.git_ops))


def commit_task_spec(git_ops: GitOps) -> dict[str, Any]:
    """Return the spec of the PromotionTask."""
    steps = [step for number in range(_TRIES) for step in _try(number, git_ops)]
    return {"vars": [{"name": name} for name in _VARS], "steps": steps}


def commit_step(values: Mapping[str, str]) -> Step:
    """Return the step of a Stage that runs the task.

    No later step can read the status of a step of the task, and the step itself accepts no condition (Kargo 1.11).

    Args:
        values: `branch`, `file`, `key`, `reference` and `message`.
    """
    return {"as": "commit", "task": {"name": NAME}, "vars": [{"name": n, "value": values[n]} for n in _VARS]}


def _try(number: int, git_ops: GitOps) -> list[Step]:
    """Return the steps of one try. Each but the first runs only if every earlier push failed."""
    suffix = f"-{number}" if number else ""
    steps = checked_out(
        f"{CHECKOUT}{suffix}",
        _var("branch"),
        expression("vars.file"),
        expression("vars.key"),
        expression("vars.reference"),
        _var("message"),
        git_ops,
        suffix,
    )
    if number:
        failed = [f"status('push{f'-{n}' if n else ''}') in ['Errored', 'Failed']" for n in range(number)]
        steps[0]["if"] = expression(" && ".join(failed))
    push: Step = {
        "uses": "git-push",
        "as": f"push{suffix}",
        "if": succeeded(f"commit{suffix}"),
        "config": {"path": f"{CHECKOUT}{suffix}"},
        "retry": retry(git_ops.retry),
    }
    return [*steps, {**push, "continueOnError": True} if number < _TRIES - 1 else push]


def _var(name: str) -> str:
    return as_text(expression(f"vars.{name}"))
