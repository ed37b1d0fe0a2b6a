"""The Warehouse settings: the tags of one image that become Freight, and which of them is the newest."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from model.problem import Problem
from model.types.durations import PositiveDuration
from model.types.images import Platform, is_tag
from model.types.plain import NonEmpty
from model.types.semver import is_constraint
from model.types.tags import IgnoredTagRegex, TagRegex
from model.value import CheckedValue


class Warehouse(CheckedValue):
    r"""The tags that become Freight: by default tags such as `v11`, ordered by SemVer, `v9 < v10`."""

    image_selection_strategy: Literal["SemVer", "NewestBuild", "Lexical", "Digest"] = "SemVer"
    """Kargo's rule for the newest image: the highest version, the latest build, the last tag in lexical order, or the
    current digest of one tag."""

    allow_tags_regexes: Annotated[tuple[TagRegex, ...], Field(min_length=1, strict=False)] = (r"^v\d+$",)
    """Regular expressions in Go's syntax. Kargo considers only the tags that match one of them. Required unless the
    strategy is `SemVer`; not allowed with `Digest`."""

    ignore_tags_regexes: Annotated[tuple[IgnoredTagRegex, ...], Field(strict=False)] = ()
    """Regular expressions in Go's syntax. Kargo ignores the tags that match one of them.

    Example: `['-rc$']`"""

    constraint: NonEmpty | None = None
    """With `SemVer`, the range of versions that Kargo considers, by default all; with `Digest`, the tag that Kargo
    follows, which is required.

    Example: `'>=10'`"""

    platform: Platform | None = None
    """Operating system and architecture that an image index must contain. By default Kargo does not filter.

    Example: `linux/amd64`"""

    discovery_limit: Annotated[int, Field(ge=1, le=100)] = 20
    """Number of images that Kargo discovers at most."""

    cache_by_tag: bool = False
    """Whether Kargo caches the image metadata of a tag. Set it only if nobody pushes a tag twice."""

    interval: PositiveDuration = "5m0s"
    """Time between two polls of the registry, for pushes whose webhook did not arrive. Kargo's chart sets a minimum."""

    def problems(self) -> Iterator[Problem]:
        """Yield the settings that contradict each other."""
        strategy = self.image_selection_strategy
        if strategy == "Digest":
            yield from self._digest_problems()
        elif "allow_tags_regexes" not in self.model_fields_set and strategy != "SemVer":
            # The default matches versions, and only SemVer orders versions.
            yield Problem("allowTagsRegexes", "missing; add the tags that Kargo considers, such as '^build-'")
        if self.constraint is None or strategy == "Digest":
            return
        if strategy != "SemVer":
            yield Problem("constraint", f"has no effect with {strategy}; remove it")
        elif not is_constraint(self.constraint):
            yield Problem(
                "constraint", "not a SemVer range; write comparisons such as >=10 <12, ^1.2 or ~1.2.3, joined by ||"
            )

    def _digest_problems(self) -> Iterator[Problem]:
        if self.constraint is None:
            yield Problem("constraint", "missing; add the tag that Kargo follows, such as edge")
        elif not is_tag(self.constraint):
            yield Problem("constraint", "not a tag; write letters, digits and - _ . only, such as edge")
        for field, key in (
            ("allow_tags_regexes", "allowTagsRegexes"),
            ("ignore_tags_regexes", "ignoreTagsRegexes"),
            ("cache_by_tag", "cacheByTag"),
        ):
            if field in self.model_fields_set:
                yield Problem(key, "has no effect with Digest, which follows one tag; remove it")
