"""A team's own promotion steps as Kargo reads them."""

from collections.abc import Iterable

from kargo.steps import Step
from model.own_steps import PromotionStep, StepRetry, TaskReference


def own_steps(steps: Iterable[PromotionStep]) -> list[Step]:
    """Return the steps with the fields that are set."""
    return [_step(step) for step in steps]


def _step(step: PromotionStep) -> Step:
    found: Step = {"as": step.as_}
    if step.uses:
        found["uses"] = step.uses
    if step.task:
        found["task"] = _task(step.task)
    if step.if_:
        found["if"] = step.if_
    if step.continue_on_error:
        found["continueOnError"] = True
    if limits := _limits(step.retry):
        found["retry"] = limits
    if step.vars:
        found["vars"] = [{"name": variable.name, "value": variable.value} for variable in step.vars]
    if step.config is not None:
        found["config"] = step.config
    return found


def _task(task: TaskReference) -> dict[str, str]:
    return {"name": task.name, **({"kind": task.kind} if task.kind != "PromotionTask" else {})}


def _limits(retry: StepRetry) -> dict[str, int | str]:
    limits = {"errorThreshold": retry.error_threshold, "timeout": retry.timeout}
    return {key: limit for key, limit in limits.items() if limit is not None}
