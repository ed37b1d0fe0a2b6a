"""A pipeline: what becomes Freight, and the Stages that promote it."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Field

from model.problem import Problem
from model.stage import Stage
from model.texts.files import JsonKey
from model.texts.images import ImageName
from model.texts.names import DnsLabel
from model.value import CheckedValue
from model.warehouse import Warehouse


class Pipeline(CheckedValue):
    """One application: its image, Warehouse and Stages."""

    name: DnsLabel
    """the Warehouse's name, and the beginning of its Stages' names"""

    formerly: DnsLabel | None = None
    """name that it had before; Kargo makes its Warehouse and Stages anew, and has no history of them"""

    image: ImageName
    """the image's name below the registry's owner"""

    app: JsonKey = Field(default_factory=lambda pipeline: pipeline.get("name", "-"), validate_default=True)
    """key below each environment in the images file; without it the pipeline's name"""

    warehouse: Warehouse = Warehouse()
    """which tags become Freight"""

    reference: Literal["tag", "digest", "tagAndDigest"] = "tag"
    """what is written behind the repository: `:tag`; or with `@digest`, so that a tag pushed again is deployed again"""

    shard: DnsLabel | None = None
    """Kargo controller that its Warehouse and Stages are for; without it the default one"""

    stages: Annotated[tuple[Stage, ...], Field(min_length=1, strict=False)]
    """Stages that promote it"""

    def stage_name(self, stage: str) -> str:
        """Return the name in Kargo of the Stage `stage`; Stage names are unique in a Kargo project."""
        return f"{self.name}-{stage}"

    def problems(self) -> Iterator[Problem]:
        """Yield what does not agree."""
        yield from _upstream_problems(self.stages)
        yield from self._reference_problems()
        yield from self._rename_problems()

    def _reference_problems(self) -> Iterator[Problem]:
        if self.reference == "tag" and self.warehouse.select == "digest":
            yield Problem(
                "reference", "tag, which stays the same when one tag is followed; write digest or tagAndDigest"
            )
        if self.reference != "tag" and self.warehouse.cache_by_tag:
            yield Problem(
                "warehouse.cacheByTag", "hides a tag that is pushed again; leave it out, or write reference: tag"
            )

    def _rename_problems(self) -> Iterator[Problem]:
        names = [stage.name for stage in self.stages]
        for i, stage in enumerate(self.stages):
            if stage.formerly in names:
                yield Problem(f"stages[{i}].formerly", "the name of a Stage that is still there; write the former one")


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
    while reached := {s.name for s in stages if s.name not in fed and _is_fed(s, fed)}:
        fed |= reached
    for i, stage in enumerate(stages):
        if stage.name not in fed and complete:
            yield Problem(
                f"stages[{i}].upstream",
                "a cycle that the Warehouse never feeds; let one of its Stages have no upstream",
            )


def _is_fed(stage: Stage, fed: set[str]) -> bool:
    """Return whether Freight can reach a Stage behind those that are fed."""
    return fed.issuperset(stage.upstream) if stage.availability == "all" else not fed.isdisjoint(stage.upstream)


def _meant(upstream: str, names: list[str]) -> str:
    """Say which Stage's name is closest, by its place: names are the configuration's, and no line repeats one."""
    close = get_close_matches(upstream, names, n=1, cutoff=0.6)
    return f"did you mean that of stages[{names.index(close[0])}]?" if close else "write the name of one of its Stages"
