"""What stands in the images file, and whether it is what was promoted."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from clients.cluster import AbsentError
from model.commit import Place, place_of
from model.pipeline import Pipeline
from ops.doctor.finding import Finding, Link, broken, ok
from ops.doctor.git_ops import repository
from ops.doctor.subject import Subject

Read = Callable[[str, str], str | None]


def links(subject: Subject) -> Iterator[Link]:
    """Yield each Stage's key of its images file."""

    # Most Stages share one file.
    @cache
    def read(file: str, branch: str) -> str | None:
        with repository(subject) as found:
            return found.file(file, branch)

    for pipeline in subject.stack.pipelines:
        for stage in pipeline.stages:
            place = place_of(stage, pipeline, subject.stack.git_ops)
            look = partial(_written, subject, pipeline.stage_name(stage.name), pipeline, place, read)
            yield f"{place.file}: {place.key}", look


def _written(subject: Subject, name: str, pipeline: Pipeline, place: Place, read: Read) -> Finding:
    text = read(place.file, place.branch)
    if text is None:
        if _promoted(subject, name) is None:
            return ok("not there yet; the first Promotion makes it")
        return broken(
            f"no such file on branch {place.branch}", "a JSON file", "restore it from its history, or promote again"
        )
    try:
        content = json.loads(text)
    except ValueError:
        return broken(
            "no JSON, which Kargo writes over without a word", "JSON", "restore it from its history, then promote again"
        )
    environment, app = place.key.split(".", 1)
    inner = content.get(environment) if isinstance(content, dict) else None
    found = inner.get(app) if isinstance(inner, dict) else None
    promoted = _promoted(subject, name)
    if promoted is None:
        return ok(f"{found or 'no such key'}; nothing promoted yet")
    wanted = _reference(subject, pipeline, promoted)
    if found != wanted:
        return broken(
            str(found or "no such key"), wanted, f"somebody changed the file; promote {promoted.get('tag')} again"
        )
    if "\n" not in text.strip() and len(content) > 1:
        return broken("all on one line", "one line for each key", "format it: else all Promotions of a moment conflict")
    return ok(str(found))


def _promoted(subject: Subject, name: str) -> dict[str, Any] | None:
    """Return the image that a Stage's last successful Promotion was of."""
    try:
        history = (subject.kargo("Stage", name).get("status") or {}).get("freightHistory") or []
    except AbsentError:
        return None
    for item in (history[0].get("items") or {}).values() if history else ():
        for image in item.get("images") or []:
            return dict(image)
    return None


def _reference(subject: Subject, pipeline: Pipeline, image: Mapping[str, Any]) -> str:
    repository = subject.stack.registry.image_repository(pipeline.image)
    tag, digest = image.get("tag"), image.get("digest")
    return {
        "tag": f"{repository}:{tag}",
        "digest": f"{repository}@{digest}",
        "tagAndDigest": f"{repository}:{tag}@{digest}",
    }[pipeline.reference]
