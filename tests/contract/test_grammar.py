"""What the model accepts, Kargo accepts: tag expressions, SemVer constraints, durations and image repositories.

Kargo's own libraries answer for it (`sandbox/real/tools/grammar`). Values are made at random from pieces that are near
valid ones; the seed is fixed, so that a failure is found again.
"""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import re2
import yaml
from pydantic import TypeAdapter, ValidationError

from model.registry import GhcrRegistry, GiteaRegistry
from model.texts.durations import PositiveDuration
from model.texts.hosts import HostAndPort
from model.texts.images import LONGEST_REPOSITORY, ImageName
from model.texts.owners import GiteaOwner, GitHubOwner
from model.texts.semver import SemverConstraint
from model.texts.tags import TagRegex
from sandbox.real.programs import own_program
from tests.unit.values import LOGIN

pytestmark = pytest.mark.contract

EACH = 5000
TAGS = ["v1", "v11", "1.2.3", "latest", "main", "v1.0-rc.1", "release_9", "sha-0ab1", "V2", "a", "0", "__"]
TEXTS: dict[str, TypeAdapter[Any]] = {
    "tag": TypeAdapter(TagRegex),
    "semver": TypeAdapter(SemverConstraint),
    "duration": TypeAdapter(PositiveDuration),
}
HOST, IMAGE = TypeAdapter[str](HostAndPort), TypeAdapter[str](ImageName)
_FIXTURE = yaml.safe_load((Path(__file__).parents[1] / "fixtures" / "grammar.yaml").read_text())


def words(kind: str, key: str) -> list[str]:
    found = _FIXTURE[kind][key]
    return found if isinstance(found, list) else found.split()


def near(random: Random, pieces: list[str], plain: list[str]) -> Iterator[str]:
    """Yield plain values with a few places changed, and values made of pieces alone."""
    while True:
        if random.random() < 0.5:
            value = random.choice(plain)
            for _ in range(random.randint(0, 3)):
                at = random.randint(0, len(value))
                value = value[:at] + random.choice(["", *pieces]) + value[at + random.randint(0, 2) :]
        else:
            value = "".join(random.choices(pieces, k=random.randint(1, 6)))
        yield value


def made(kind: str) -> Iterator[str]:
    """Yield values of a kind; an image is `host/owner/image`, of which each part is made."""
    random = Random(f"{kind} 1")
    pieces = [*words(kind, "pieces"), *([" ", " - ", " || ", ", "] if kind == "semver" else [])]
    if kind != "image":
        yield from near(random, pieces, words(kind, "plain"))
    split = [value.split("/", 2) for value in words(kind, "plain")]
    parts = [near(random, pieces, [value[place] for value in split]) for place in range(3)]
    while True:
        whole = random.choice(split)
        changed = [next(part) if random.random() < 0.5 else whole[place] for place, part in enumerate(parts)]
        if "/" not in changed[0] + changed[1]:
            yield "/".join(changed)


def in_the_model(kind: str, value: str) -> str | None:
    """Return what Kargo is told for `value`, and None where the model refuses it."""
    try:
        return str(TEXTS[kind].validate_python(value)) if kind in TEXTS else _repository(*value.split("/", 2))
    except ValidationError:
        return None


def _repository(host: str, owner: str, image: str) -> str | None:
    IMAGE.validate_python(image)
    if host == "ghcr.io":
        TypeAdapter(GitHubOwner).validate_python(owner)
        found = GhcrRegistry(owner=owner, login=LOGIN).image_repository(image)
    else:
        HOST.validate_python(host)
        TypeAdapter(GiteaOwner).validate_python(owner)
        found = GiteaRegistry(host=host, owner=owner, login=LOGIN).image_repository(image)
    return found if len(found.partition("/")[2]) <= LONGEST_REPOSITORY else None


def asked(kind: str, values: list[str]) -> list[dict[str, Any]]:
    """Return what Kargo's libraries say of each value."""
    samples = TAGS if kind == "tag" else []
    questions = "".join(json.dumps({"kind": kind, "value": value, "samples": samples}) + "\n" for value in values)
    result = subprocess.run([own_program("grammar")], input=questions, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == len(values)
    return answers


@pytest.mark.parametrize("kind", _FIXTURE)
def test_what_the_model_accepts_kargo_accepts_in_the_same_form(kind):
    values = made(kind)
    ours = {value: in_the_model(kind, value) for value in [next(values) for _ in range(EACH)]}
    # Of an image, Kargo is told the repository with its owner in lower case.
    told = [form if form and kind == "image" else value for value, form in ours.items()]
    counts: Counter[tuple[bool, bool]] = Counter()
    quiet = re2.Options()
    quiet.log_errors = False
    for (value, form), theirs in zip(ours.items(), asked(kind, told), strict=True):
        counts[form is not None, theirs["accepted"]] += 1
        if form is not None:
            assert theirs["accepted"], (value, theirs)
            assert theirs["canonical"] == form
        if form is not None and kind == "tag":
            expression = re2.compile(value, quiet)
            assert theirs["matched"] == [bool(expression.search(tag)) for tag in TAGS], value
    print(f"\n{kind}: of {len(ours)} values Kargo takes {counts[True, True]} with us and {counts[False, True]} alone")
    assert counts[True, True] > EACH / 20


@pytest.mark.parametrize("kind", _FIXTURE)
def test_what_people_write_is_accepted_here_and_there(kind):
    plain = words(kind, "plain")
    assert [value for value in plain if in_the_model(kind, value) is None] == []
    assert [value for value, theirs in zip(plain, asked(kind, plain), strict=True) if not theirs["accepted"]] == []
