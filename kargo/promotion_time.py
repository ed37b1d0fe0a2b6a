"""The time of a Promotion, which a Stage records in its Freight for the pull requests of downstream Stages.

No expression can read when Freight was verified in a Stage: `ctx.targetFreight` has only its name, alias and origin,
and `freightMetadata()` returns only values that a `set-metadata` step has written (Kargo 1.11). So the last step of a
Promotion writes the time. Kargo verifies the Freight directly after this step, or after the AnalysisRuns of the Stage.
"""

from kargo.steps import FREIGHT, Step, as_text, expression
from model.pipeline import Pipeline
from model.stage import Stage


def is_recorded(stage: Stage, pipeline: Pipeline) -> bool:
    """Return whether the pull requests of a downstream Stage contain the times of this Stage's Promotions."""
    return any(stage.name in other.upstream for other in pipeline.stages if other.shows_details)


def recording_step(stage: str) -> Step:
    """Return the step that records the time. If it fails, the Promotion succeeds without it.

    Args:
        stage: name of the Stage in Kargo.
    """
    now = as_text(expression('now().UTC().Format("2006-01-02 15:04:05 UTC")'))
    update = {"kind": "Freight", "name": as_text(expression(FREIGHT)), "values": {_key(stage): now}}
    return {"uses": "set-metadata", "as": "record", "continueOnError": True, "config": {"updates": [update]}}


def recorded_time(stage: str) -> str:
    """Return an expression for the time of the last Promotion of the same Freight to a Stage.

    Args:
        stage: name of the Stage in Kargo.
    """
    return expression(f'freightMetadata({FREIGHT})?.["{_key(stage)}"] ?? "no time is recorded"')


def _key(stage: str) -> str:
    return f"promoted-to-{stage}"
