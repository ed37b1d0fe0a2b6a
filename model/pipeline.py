"""A pipeline: one image, its Warehouse, and the Stages that promote its Freight."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from model.problem import Problem
from model.stage import Stage
from model.types.files import JsonKey
from model.types.images import ImageName
from model.types.names import DnsLabel, LabelValue
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

    shard: LabelValue | None = None
    """Shard of the Kargo controller that reconciles the Warehouse and the Stages. Defaults to the controller without a
    shard.

    Example: `eu`"""

    backstage_component: LabelValue | None = None
    """Name of the application's Component in Backstage, as the Component's annotation `backstage.io/kubernetes-id`
    contains it. The Warehouse and the Stages get the label of this name, with which Backstage finds them.

    Example: `backstage`"""

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
    similar = _by_spelling(names)
    for i, stage in enumerate(stages):
        if (first := names.index(stage.name)) < i:
            yield Problem(f"stages[{i}].name", f"stages[{first}] has the same name; rename one of them")
    complete = True
    for i, stage in enumerate(stages):
        for j, upstream in enumerate(stage.upstream):
            path = f"stages[{i}].upstream[{j}]"
            if upstream not in names:
                complete = False
                yield Problem(path, f"this pipeline has no such Stage; {_meant(upstream, similar)}")
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


def _meant(upstream: str, similar: Mapping[str, int]) -> str:
    """Return which Stage was probably meant, by its place: an error line repeats no value of the file."""
    place = next((similar[spelling] for spelling in _spellings(upstream) if spelling in similar), None)
    return "write the name of one of its Stages" if place is None else f"did you mean stages[{place}].name?"


def _by_spelling(names: Sequence[str]) -> Mapping[str, int]:
    """Return the place of the first name with each spelling. Comparing each name with each other takes seconds."""
    return {spelling: place for place, name in reversed([*enumerate(names)]) for spelling in _spellings(name)}


def _spellings(name: str) -> list[str]:
    """Return a name and the name without each of its characters. Two names that differ by a typo have one in common."""
    return [name, *(name[:i] + name[i + 1 :] for i in range(len(name)))]
