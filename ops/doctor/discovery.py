"""The discovery of a Warehouse, repeated by the doctor: the tags of the registry, and the images that Kargo reads."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

from clients import sign_in
from clients.connection import ServiceError
from clients.registry import Image, ImageRepository, Unreadable
from model.pipeline import Pipeline
from ops.doctor.credentials import login_for
from ops.doctor.finding import Finding, failed, ok
from ops.doctor.subject import Subject
from ops.doctor.tags import eligible, ignored, listed, newer, skipped

# The largest `discoveryLimit`. With `NewestBuild`, or if the platform matches few images, Kargo may read more.
_MOST = 100
_AT_ONCE = 8
_WAREHOUSE = "pipelines[].warehouse"


class Discovery:
    """The discovery of one Warehouse. It sends its requests at the first use, and only once.

    Its attributes raise a `ServiceError` if the cluster or the registry cannot be read.

    Args:
        subject: the stack.
        pipeline: the pipeline of the Warehouse.
    """

    def __init__(self, subject: Subject, pipeline: Pipeline) -> None:
        self._subject = subject
        self._pipeline = pipeline
        self._rules = pipeline.warehouse
        self._repository = subject.stack.registry.image_repository(pipeline.image)

    @cached_property
    def references(self) -> Sequence[dict[str, Any]]:
        """The tags and digests that Kargo has discovered, the newest first."""
        live = self._subject.kargo("Warehouse", self._pipeline.name)
        images = ((live.get("status") or {}).get("discoveredArtifacts") or {}).get("images") or []
        return images[0].get("references") or [] if images else []

    @cached_property
    def tags(self) -> list[str]:
        """All tags of the registry."""
        return list(sign_in.tags(self._repository, self._login, self._subject.stack.ca_bundle))

    @cached_property
    def no_versions(self) -> dict[str, str]:
        """The tags that match and that Kargo skips because they are not versions, with the reasons."""
        return skipped(self.tags, self._rules)

    @property
    def other_platforms(self) -> dict[str, str]:
        """The tags that are newer than the first image for the Warehouse's platform, with the reasons."""
        found: dict[str, str] = {}
        for tag, image in self._images:
            if isinstance(image, Image) and self._is_wanted(image):
                break
            if isinstance(image, Image):
                has = ", ".join(image.platforms)
                found[tag] = f"its image index has only {has}" if has else "not an image index, so no platform matches"
        return found

    @property
    def missed(self) -> list[str]:
        """The tags that Kargo should have discovered, the newest first."""
        found = newer(self.tags, self._discovered, self._rules)
        return [tag for tag in found if tag not in self.other_platforms] if found and self._rules.platform else found

    @property
    def failure(self) -> Finding | None:
        """The finding about the tags that Kargo cannot read, each of which stops every discovery; None if it can."""
        broken = {tag: image.reason for tag, image in self._images if isinstance(image, Unreadable)}
        if not broken:
            return None
        return failed(
            f"Kargo cannot read tag {listed(broken)}; one such tag stops every discovery of the Warehouse, at the "
            "latest when Kargo's controller restarts",
            "an image that Kargo can read for each tag",
            self._repair(list(broken)),
        )

    @property
    def cause(self) -> Finding | None:
        """The same finding; None also if this machine cannot read the registry."""
        try:
            return self.failure
        except ServiceError:
            return None

    def check(self) -> Finding:
        """Check the images that Kargo reads, and the tags that it skips without a report (1.11)."""
        if finding := self.failure:
            return finding
        others = self.other_platforms
        if self.no_versions:
            return failed(
                f"Kargo skips {listed(self.no_versions)}",
                "only versions match allowTagsRegexes, because the strategy is SemVer",
                f"correct {_WAREHOUSE}: match only versions in allowTagsRegexes, or set imageSelectionStrategy to "
                "Lexical for dates, or to NewestBuild for commit ids",
            )
        if any(isinstance(image, Image) and not image.platforms for tag, image in self._images if tag in others):
            return failed(
                f"Kargo skips {listed(others)}",
                f"an image index with {self._rules.platform}",
                f"push an image index, or remove {_WAREHOUSE}.platform: without it, Kargo does not filter",
            )
        note = f"; Kargo skips {listed(others)}" if others else ""
        return ok(f"{len(self._images)} of {len(self.tags)} tags read, as Kargo reads them{note}")

    def _repair(self, broken: Sequence[str]) -> str:
        again = "push the tag again" if len(broken) == 1 else "push the tags again"
        if self._rules.image_selection_strategy == "Digest":
            return again
        order = [tag for tag, image in self._images if isinstance(image, Unreadable) or self._is_wanted(image)]
        before = order.index(broken[0])
        # Kargo reads every matching tag before it orders builds.
        smaller = before and self._rules.image_selection_strategy != "NewestBuild"
        limit = f", or set {_WAREHOUSE}.discoveryLimit: {before}" if smaller else ""
        return (
            f"{again} or delete {'it' if len(broken) == 1 else 'them'}; or add '{ignored(broken)}' to "
            f"{_WAREHOUSE}.ignoreTagsRegexes{limit}, then run: pulumi up --stack {self._subject.name}"
        )

    @cached_property
    def _images(self) -> list[tuple[str, Image | Unreadable]]:
        """The tags that Kargo reads, in its order, with their images."""
        candidates = eligible(self.tags, self._discovered, self._rules)[:_MOST]
        return list(self._read(candidates)) if candidates else []

    def _read(self, candidates: Sequence[str]) -> Iterator[tuple[str, Image | Unreadable]]:
        """Yield images until there are as many as Kargo discovers."""
        limit = _MOST if self._rules.image_selection_strategy == "NewestBuild" else self._rules.discovery_limit
        wanted = 0
        with (
            ImageRepository(self._repository, self._login, self._subject.stack.ca_bundle) as repository,
            ThreadPoolExecutor(_AT_ONCE) as at_once,
        ):
            for start in range(0, len(candidates), limit):
                part = candidates[start : start + limit]
                for tag, image in zip(part, at_once.map(repository.image, part), strict=True):
                    yield tag, image
                    wanted += isinstance(image, Image) and self._is_wanted(image)
                    if wanted == limit:
                        return

    def _is_wanted(self, image: Image) -> bool:
        return self._rules.platform is None or self._rules.platform in image.platforms

    @property
    def _discovered(self) -> list[str]:
        return [str(reference.get("tag")) for reference in self.references]

    @cached_property
    def _login(self) -> sign_in.User | None:
        return login_for(self._subject, "image")
