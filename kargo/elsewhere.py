"""What other systems must be told, for people to enter there."""

from collections import defaultdict
from typing import Any

from kargo.chart_values import chart_values
from model.stack import Stack


def settings_elsewhere(stack: Stack) -> dict[str, Any]:
    """Return the outputs that say so, those that have something to say."""
    found = {"chartValues": chart_values(stack), "argoCdAuthorizedStages": authorized_stages(stack)}
    return {name: value for name, value in found.items() if value}


def authorized_stages(stack: Stack) -> dict[str, str]:
    """Return, by `namespace/name` of an Argo CD Application, its annotation `kargo.akuity.io/authorized-stage`.

    Without it Kargo may not touch the Application; several Stages stand behind commas (Kargo 1.11).
    """
    stages: dict[str, list[str]] = defaultdict(list)
    for pipeline in stack.pipelines:
        for stage in pipeline.stages:
            if stage.argo_cd:
                name = f"{stack.kargo.project}:{pipeline.stage_name(stage.name)}"
                stages[f"{stage.argo_cd.namespace}/{stage.argo_cd.app}"].append(name)
    return {app: ",".join(names) for app, names in stages.items()}
