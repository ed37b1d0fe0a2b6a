"""The Warehouse settings: the tags of one image that become Freight, and which of them is the newest."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from model.problem import Problem
from model.types.durations import Duration, nonzero
from model.types.images import Platform, is_tag
from model.types.plain import NonEmpty
from model.types.semver import TAG, is_constraint, skipped_tags
from model.types.tag_sets import may_match
from model.types.tags import IgnoredTagRegex, TagRegex
from model.value import CheckedValue


class Warehouse(CheckedValue):
    r"""The tags that become Freight: by default tags such as `v11`, ordered by SemVer, `v9 < v10`."""

    image_selection_strategy: Literal["SemVer", "NewestBuild", "Lexical", "Digest"] = "SemVer"
    """Kargo's rule for the newest image: the highest version, the latest creation time, the last tag in lexical
    order, or the current digest of one tag."""

    allow_tags_regexes: Annotated[tuple[TagRegex, ...], Field(min_length=1, strict=False)] = (r"^v\d+$",)
    """Regular expressions in Go's syntax. Kargo considers only the tags that match one of them. With `SemVer` it skips
    tags that are no versions, such as `1.2.3.4` and `20260115-0930`, without an error. Required unless the strategy is
    `SemVer`; not allowed with `Digest`."""

    ignore_tags_regexes: Annotated[tuple[IgnoredTagRegex, ...], Field(strict=False)] = ()
    """Regular expressions in Go's syntax. Kargo ignores the tags that match one of them.

    Example: `['-rc$']`"""

    constraint: NonEmpty | None = None
    """With `SemVer`, the range of versions that Kargo considers, by default all; with `Digest`, the tag that Kargo
    follows, which is required.

    Example: `'>=10'`"""

    platform: Platform | None = None
    """Operating system and architecture, as `GOOS/GOARCH`, that an image index must contain. An image without an index,
    for a single platform, never matches (Kargo 1.10 and later). By default Kargo does not filter.

    Example: `linux/amd64`"""

    discovery_limit: Annotated[int, Field(ge=1, le=100)] = 20
    """Number of images that Kargo discovers at most."""

    cache_by_tag: bool = False
    """Whether Kargo caches the image metadata of a tag. Set it only if nobody pushes a tag twice."""

    interval: Annotated[Duration, nonzero("write the time between two polls, such as 5m")] = "5m0s"
    """Time between two polls of the registry, for pushes whose webhook did not arrive. Kargo's chart sets a minimum."""

    def problems(self) -> Iterator[Problem]:
        """Yield the settings that contradict each other."""
        strategy = self.image_selection_strategy
        if strategy == "Digest":
            yield from self._digest_problems()
        elif "allow_tags_regexes" not in self.model_fields_set and strategy != "SemVer":
            # The default matches versions, and only SemVer orders versions.
            yield Problem("allowTagsRegexes", "missing; add the tags that Kargo considers, such as '^build-'")
        else:
            yield from self._tag_problems()
        if self.constraint is None or strategy == "Digest":
            return
        if strategy != "SemVer":
            yield Problem("constraint", f"has no effect with {strategy}; remove it")
        elif not is_constraint(self.constraint):
            yield Problem(
                "constraint", "not a SemVer range; write comparisons such as >=10 <12, ^1.2 or ~1.2.3, joined by ||"
            )

    def _tag_problems(self) -> Iterator[Problem]:
        """Yield expressions that match no tag, or tags that Kargo skips without an error."""
        allowed, ignored = self.allow_tags_regexes, self.ignore_tags_regexes
        strategy = self.image_selection_strategy
        found = [(i, _tag_problem(expression, strategy)) for i, expression in enumerate(allowed)]
        for i, problem in found:
            if problem:
                yield Problem(f"allowTagsRegexes[{i}]", problem)
        versions = [TAG] if strategy == "SemVer" else []
        usable = [allowed[i] for i, problem in found if not problem]
        if usable and not any(may_match([one, *versions], none_of=ignored) for one in usable):
            yield Problem("ignoreTagsRegexes", "leaves no tag that allowTagsRegexes matches; correct one of them")

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
            if getattr(self, field) != Warehouse.model_fields[field].default:
                yield Problem(key, "has no effect with Digest, which follows one tag; remove it")


def _tag_problem(expression: str, strategy: str) -> str | None:
    """Return the problem with the tags that an expression matches; None without one."""
    if not may_match([expression]):
        return r"matches no tag; write one such as '^v\d+$'"
    if strategy == "SemVer" and (skipped := skipped_tags(expression)):
        return f"matches {skipped}; write another expression, or imageSelectionStrategy: Lexical or NewestBuild"
    return None
