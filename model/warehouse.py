"""What becomes Freight: the tags of one image that count, and which of them is the newest."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from model.problem import Problem
from model.texts.durations import PositiveDuration
from model.texts.images import ImageTag, Platform
from model.texts.semver import SemverConstraint
from model.texts.tags import IgnoredTagRegex, TagRegex
from model.value import CheckedValue

Select = Literal["semver", "newestBuild", "digest", "lexical"]


class Warehouse(CheckedValue):
    r"""Which tags become Freight; by default those such as `v11`, newest by SemVer: `v9 < v10`."""

    select: Select = "semver"
    """what is newest: by version `semver`, by time `newestBuild`, by text `lexical`; `digest` follows one tag"""

    allow_tags_regexes: Annotated[tuple[TagRegex, ...], Field(min_length=1, strict=False)] = (r"^v\d+$",)
    """tags that count, in Go's syntax"""

    ignore_tags_regexes: Annotated[tuple[IgnoredTagRegex, ...], Field(strict=False)] = ()
    """tags among them that do not count"""

    semver_constraint: SemverConstraint | None = None
    """range among them, such as `>=10`; without it any; `semver` only"""

    tag: ImageTag | None = None
    """the tag that `digest` follows, such as `edge`"""

    platform: Platform | None = None
    """`os/architecture` that an image must have; without it that of Kargo's controller"""

    discovery_limit: Annotated[int, Field(ge=1, le=100)] = 20
    """how many tags Kargo looks back"""

    cache_by_tag: bool = False
    """Kargo reads what a tag means once only; for tags that are never pushed again"""

    interval: PositiveDuration = "5m0s"
    """how often Kargo looks without a webhook; its chart sets a minimum"""

    def problems(self) -> Iterator[Problem]:
        """Yield what does not agree."""
        if self.semver_constraint is not None and self.select != "semver":
            yield Problem("semverConstraint", "without effect; leave it out, or write select: semver")
        if self.select == "digest":
            if self.tag is None:
                yield Problem("tag", "missing; add the tag that is followed, such as edge")
            for field, key in (
                ("allow_tags_regexes", "allowTagsRegexes"),
                ("ignore_tags_regexes", "ignoreTagsRegexes"),
                ("cache_by_tag", "cacheByTag"),
            ):
                if field in self.model_fields_set:
                    yield Problem(key, "without effect where one tag is followed; leave it out")
            return
        if self.tag is not None:
            yield Problem("tag", "without effect; leave it out, or write select: digest")
        if self.select != "semver" and "allow_tags_regexes" not in self.model_fields_set:
            # The default is for versions, of which only SemVer knows the order.
            yield Problem("allowTagsRegexes", "missing; write which tags count, such as '^build-'")
