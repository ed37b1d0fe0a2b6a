"""A pipeline: what becomes Freight, and the Stages that promote it."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from model.problem import Problem, refusals
from model.texts.durations import PositiveDuration
from model.texts.files import JsonKey
from model.texts.images import ImageName
from model.texts.names import DnsLabel
from model.texts.semver import SemverConstraint
from model.texts.tags import TagRegex
from model.value import Value


class Warehouse(Value):
    r"""Which tags become Freight, newest by SemVer: `v9 < v10`."""

    allow_tags_regexes: Annotated[tuple[TagRegex, ...], Field(min_length=1, strict=False)] = (r"^v\d+$",)
    """tags that count, in Go's syntax"""

    semver_constraint: SemverConstraint | None = None
    """range among them, such as `>=10`; without it any"""

    discovery_limit: Annotated[int, Field(ge=1, le=100)] = 20
    """how many tags Kargo looks back"""

    interval: PositiveDuration = "5m0s"
    """how often Kargo looks without a webhook; its chart sets a minimum"""


class Stage(Value):
    """One step on an image's way: a key in the images file."""

    name: DnsLabel
    """name within the pipeline; the Kargo Stage is `<pipeline>-<name>`"""

    environment: JsonKey = Field(default_factory=lambda stage: stage.get("name", "-"), validate_default=True)
    """key in the images file; without it the Stage's name"""

    auto_promotion: bool = False
    """Kargo promotes by itself"""

    upstream: Annotated[tuple[DnsLabel, ...], Field(strict=False)] = ()
    """Stages of this pipeline whose verified Freight it takes; without any, straight from the Warehouse"""

    promote_by: Literal["push", "pullRequest"] = "push"
    """`push` to the branch, or `pullRequest`: open one and wait for its merge"""


class Pipeline(Value):
    """One application: its image, Warehouse and Stages."""

    name: DnsLabel
    """the Warehouse's name, and the beginning of its Stages' names"""

    image: ImageName
    """the image's name below the registry's owner"""

    app: JsonKey = Field(default_factory=lambda pipeline: pipeline.get("name", "-"), validate_default=True)
    """key below each environment in the images file; without it the pipeline's name"""

    warehouse: Warehouse = Warehouse()
    """which tags become Freight"""

    stages: Annotated[tuple[Stage, ...], Field(min_length=1, strict=False)]
    """Stages that promote it"""

    def stage_name(self, stage: str) -> str:
        """Return the name in Kargo of the Stage `stage`; Stage names are unique in a Kargo project."""
        return f"{self.name}-{stage}"

    @model_validator(mode="after")
    def _fed(self) -> Self:
        if found := [*_upstream_problems(self.stages)]:
            raise refusals(found)
        return self


def _upstream_problems(stages: tuple[Stage, ...]) -> Iterator[Problem]:
    """Find Stages that nothing feeds, which Kargo accepts and never tells of, and names that are there twice."""
    names = [stage.name for stage in stages]
    for i, stage in enumerate(stages):
        if (first := names.index(stage.name)) < i:
            yield Problem(f"stages[{i}].name", f"the name of stages[{first}] too; give each Stage its own")
    complete = True
    for i, stage in enumerate(stages):
        for j, upstream in enumerate(stage.upstream):
            path = f"stages[{i}].upstream[{j}]"
            if upstream not in names:
                complete = False
                yield Problem(path, f"names no Stage of this pipeline; {_meant(upstream, names)}")
            elif upstream in stage.upstream[:j]:
                yield Problem(path, "there twice; write each Stage once")
    fed = {stage.name for stage in stages if not stage.upstream}
    while reached := {s.name for s in stages if s.name not in fed and not fed.isdisjoint(s.upstream)}:
        fed |= reached
    for i, stage in enumerate(stages):
        if stage.name not in fed and complete:
            yield Problem(
                f"stages[{i}].upstream",
                "a cycle that the Warehouse never feeds; let one of its Stages have no upstream",
            )


def _meant(upstream: str, names: list[str]) -> str:
    """Say which Stage's name is closest, by its place: names are the configuration's, and no line repeats one."""
    close = get_close_matches(upstream, names, n=1, cutoff=0.6)
    return f"did you mean that of stages[{names.index(close[0])}]?" if close else "write the name of one of its Stages"
