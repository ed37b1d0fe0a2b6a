"""A pipeline: one image, its Warehouse, and the Stages that promote its Freight."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Field

from model.problem import Problem
from model.stage import Stage
from model.types.files import JsonKey
from model.types.images import ImageName
from model.types.names import DnsLabel
from model.value import CheckedValue
from model.warehouse import Warehouse


class Pipeline(CheckedValue):
    """One application: its image, Warehouse and Stages."""

    name: DnsLabel
    """Name of the Warehouse. The names of the Stages in Kargo begin with it.

    Example: `backstage`"""

    image: ImageName
    """Name of the image, without the registry and its owner.

    Example: `backstage-cnoe`"""

    app: JsonKey = Field(default_factory=lambda pipeline: pipeline.get("name", "-"), validate_default=True)
    """Key below each environment in the images file. Defaults to the pipeline's name."""

    warehouse: Warehouse = Warehouse()
    """Tags that become Freight."""

    reference: Literal["tag", "digest", "tagAndDigest"] = "tag"
    """Form of the committed reference: `repository:tag`, `repository@digest` or `repository:tag@digest`. With a digest,
    a tag that is pushed again is deployed again."""

    shard: DnsLabel | None = None
    """Shard of the Kargo controller that reconciles the Warehouse and the Stages. Defaults to the controller without a
    shard.

    Example: `eu`"""

    stages: Annotated[tuple[Stage, ...], Field(min_length=1, strict=False)]
    """Stages of the pipeline."""

    def stage_name(self, stage: str) -> str:
        """Return the name of the Stage `stage` in Kargo, where Stage names are unique in a project."""
        return f"{self.name}-{stage}"

    def problems(self) -> Iterator[Problem]:
        """Yield the settings that contradict each other."""
        yield from _upstream_problems(self.stages)
        if self.reference == "tag" and self.warehouse.image_selection_strategy == "Digest":
            yield Problem("reference", "never changes with the strategy Digest; set digest or tagAndDigest")
        if self.reference != "tag" and self.warehouse.cache_by_tag:
            yield Problem("warehouse.cacheByTag", "hides a tag that is pushed again; remove it, or set reference: tag")


def _upstream_problems(stages: tuple[Stage, ...]) -> Iterator[Problem]:
    """Yield Stages that no Freight can reach, which Kargo accepts without an error, and names used twice."""
    names = [stage.name for stage in stages]
    for i, stage in enumerate(stages):
        if (first := names.index(stage.name)) < i:
            yield Problem(f"stages[{i}].name", f"stages[{first}] has the same name; rename one of them")
    complete = True
    for i, stage in enumerate(stages):
        for j, upstream in enumerate(stage.upstream):
            path = f"stages[{i}].upstream[{j}]"
            if upstream not in names:
                complete = False
                yield Problem(path, f"this pipeline has no such Stage; {_meant(upstream, names)}")
            elif upstream in stage.upstream[:j]:
                yield Problem(path, "listed twice; remove one")
    fed = {stage.name for stage in stages if not stage.upstream}
    while reached := {s.name for s in stages if s.name not in fed and _is_fed(s, fed)}:
        fed |= reached
    for i, stage in enumerate(stages):
        if stage.name not in fed and complete:
            yield Problem(
                f"stages[{i}].upstream", "a cycle that no Freight can enter; remove upstream from one of its Stages"
            )


def _is_fed(stage: Stage, fed: set[str]) -> bool:
    """Return whether Freight can reach a Stage downstream of those that are fed."""
    return (
        fed.issuperset(stage.upstream) if stage.availability_strategy == "All" else not fed.isdisjoint(stage.upstream)
    )


def _meant(upstream: str, names: list[str]) -> str:
    """Return which Stage was probably meant, by its place: an error line repeats no value of the file."""
    close = get_close_matches(upstream, names, n=1, cutoff=0.6)
    return f"did you mean stages[{names.index(close[0])}].name?" if close else "write the name of one of its Stages"
