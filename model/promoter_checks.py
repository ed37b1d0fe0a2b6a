"""Checks of the groups that may promote."""

from collections.abc import Iterator, Sequence

from model.kargo import ProjectRoles
from model.pipeline import Pipeline
from model.problem import Problem


def promoter_problems(roles: ProjectRoles, pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    """Yield each group of a Stage that may promote to every Stage already."""
    for i, pipeline in enumerate(pipelines):
        for j, stage in enumerate(pipeline.stages):
            for k, group in enumerate(stage.promoters):
                if group in roles.promoter:
                    same = f"kargo.roles.promoter[{roles.promoter.index(group)}]"
                    yield Problem(
                        f"pipelines[{i}].stages[{j}].promoters[{k}]",
                        f"has no effect, since {same} is the same group; remove one of them",
                    )
