"""Checks of the images file: whether a Promotion can write it, and whether it contains the promoted images."""

import json
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from clients.cluster import AbsentError
from clients.images_file import images_file_problem
from model.images_file import Place, place_of, reference
from model.pipeline import Pipeline
from ops.doctor.finding import Check, Finding, failed, ok
from ops.doctor.git_ops import repository
from ops.doctor.subject import Subject

Read = Callable[[str, str], str | None]


def checks(subject: Subject) -> Iterator[Check]:
    """Yield a check of the images file's key for each Stage."""

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
            return ok("the file is missing; the first Promotion creates it")
        return failed(
            f"the file is missing on branch {place.branch}",
            "a JSON file",
            "restore it from the Git history, or promote again",
        )
    if problem := images_file_problem(text, place.key):
        reason, _, fix = problem.partition("; ")
        return failed(
            f"the next Promotion fails: {reason}",
            "one JSON object {environment: {app: reference}}",
            f"{fix}, or restore the file from the Git history",
        )
    content = json.loads(text)
    environment, app = place.key.split(".", 1)
    found = (content.get(environment) or {}).get(app)
    promoted = _promoted(subject, name)
    if promoted is None:
        return ok(f"{found or 'the key is missing'}; nothing is promoted yet")
    image = subject.stack.registry.image_repository(pipeline.image)
    wanted = reference(pipeline, image, str(promoted.get("tag")), str(promoted.get("digest")))
    if found != wanted:
        return failed(
            str(found or "the key is missing"),
            wanted,
            f"the file was changed after the Promotion; promote {promoted.get('tag')} again",
        )
    if "\n" not in text.strip() and len(content) > 1:
        return failed(
            "the file has only one line",
            "one line for each key",
            "format the file; otherwise Promotions at the same time cause Git conflicts",
        )
    return ok(str(found))


def _promoted(subject: Subject, name: str) -> dict[str, Any] | None:
    """Return the image of a Stage's last successful Promotion."""
    try:
        history = (subject.kargo("Stage", name).get("status") or {}).get("freightHistory") or []
    except AbsentError:
        return None
    for item in (history[0].get("items") or {}).values() if history else ():
        for image in item.get("images") or []:
            return dict(image)
    return None
