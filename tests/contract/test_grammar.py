"""Kargo accepts what the model accepts: tag expressions, SemVer ranges, durations, images, conditions and keys.

Kargo's own libraries answer for it (`sandbox/real/tools/kargolibs`). Values are made at random from pieces that are
near valid ones; the seed is fixed, so that a failure is found again.
"""

import base64
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
import re2
import yaml
from cryptography.hazmat.primitives.serialization import PrivateFormat
from pydantic import TypeAdapter, ValidationError

from config.private_key import private_key_problem
from model.registry import GhcrRegistry, GiteaRegistry
from model.types.durations import Duration
from model.types.expressions import Condition
from model.types.hosts import HostAndPort
from model.types.images import LONGEST_REPOSITORY, ImageName
from model.types.owners import GiteaOwner, GitHubOwner
from model.types.plain import NonEmpty
from model.types.semver import is_constraint
from model.types.tags import TagRegex
from sandbox.standins.controllers.kargo.libraries import Libraries
from tests.keys import other_keys, rsa_key
from tests.unit.values import LOGIN

pytestmark = pytest.mark.contract

EACH = 5000
PKCS8 = PrivateFormat.PKCS8
TAGS = ["v1", "v11", "1.2.3", "latest", "main", "v1.0-rc.1", "release_9", "sha-0ab1", "V2", "a", "0", "__"]
TEXTS: dict[str, TypeAdapter[Any]] = {
    "tag": TypeAdapter(TagRegex),
    "semver": TypeAdapter(NonEmpty),
    "duration": TypeAdapter(Duration),
    "condition": TypeAdapter(Condition),
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


def composed(random: Random) -> str:
    """Return a condition made of values, operators and functions."""
    values, operators, forms, plain = (words("condition", key) for key in ("values", "operators", "forms", "plain"))
    parts = [random.choice(random.choice([values, plain]))]
    for _ in range(random.choice([0, 1, 1])):
        parts += [random.choice(operators), random.choice(random.choice([values, plain]))]
    for _ in range(random.choice([0, 0, 1])):
        at = random.randrange(0, len(parts), 2)
        parts[at] = random.choice(forms).format(parts[at])
    return " ".join(parts)


def made(kind: str) -> Iterator[str]:
    """Yield values of a kind; an image is `host/owner/image`, of which each part is made."""
    random = Random(f"{kind} 1")
    if kind == "condition":
        nearby = near(random, words(kind, "pieces"), words(kind, "plain"))
        yield from (next(nearby) if random.random() < 0.2 else composed(random) for _ in count())
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
    """Return the value that Kargo gets for `value`, or None if the model refuses it."""
    if kind == "semver" and not is_constraint(value):
        return None
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


def read(libraries: Libraries, kind: str, value: str) -> dict[str, Any] | None:
    """Return how Kargo's libraries read a value, or None if they refuse it."""
    try:
        answer: dict[str, Any] = libraries.ask("read", kind=kind, text=value, samples=TAGS if kind == "tag" else [])
    except ValueError:
        return None
    return answer


@pytest.mark.parametrize("kind", _FIXTURE)
def test_what_the_model_accepts_kargo_accepts_in_the_same_form(libraries, kind):
    values = made(kind)
    ours: dict[str, str | None] = {}
    while len(ours) < EACH:
        value = next(values)
        ours[value] = in_the_model(kind, value)
    counts: Counter[tuple[bool, bool]] = Counter()
    quiet = re2.Options()
    quiet.log_errors = False
    for value, form in ours.items():
        # Kargo gets the repository of an image with its owner in lower case.
        theirs = read(libraries, kind, form if form and kind == "image" else value)
        counts[form is not None, theirs is not None] += 1
        if form is not None:
            assert theirs, value
            assert theirs["canonical"] == form
            if kind == "tag":
                expression = re2.compile(value, quiet)
                assert theirs["matched"] == [bool(expression.search(tag)) for tag in TAGS], value
    print(f"\n{kind}: of {len(ours)} values Kargo takes {counts[True, True]} with us and {counts[False, True]} alone")
    assert counts[True, True] > EACH / 20


@pytest.mark.parametrize("kind", _FIXTURE)
def test_what_people_write_is_accepted_here_and_there(libraries, kind):
    plain = words(kind, "plain")
    assert [value for value in plain if in_the_model(kind, value) is None] == []
    assert [value for value in plain if read(libraries, kind, value) is None] == []


_DAMAGED = 0.2


def keys(random: Random) -> Iterator[tuple[str, bool]]:
    """Yield private keys of all forms, with changed characters and line ends; and whether a byte inside is damaged."""
    made = [rsa_key(), rsa_key(PKCS8), rsa_key(is_encrypted=True), rsa_key(PKCS8, True), rsa_key(bits=1024)]
    made += other_keys().values()
    while True:
        text, is_damaged = random.choice(made), random.random() < _DAMAGED
        for _ in range(random.choice([0, 0, 1, 1, 2])):
            text = _changed(random, text)
        yield (_damaged(random, text) if is_damaged else text), is_damaged


def _changed(random: Random, text: str) -> str:
    at = random.randint(0, len(text))
    match random.choice(["character", "piece", "line ends", "base64", "twice"]):
        case "character":
            return text[:at] + random.choice("aA+/=- \n\r:") + text[at + random.randint(0, 1) :]
        case "piece":
            old, new = random.choice([("RSA ", ""), ("-----", "----"), ("\n", " \n"), ("KEY", "KEYS"), ("\n", "\n\n")])
            return text.replace(old, new, random.choice([1, -1]))
        case "line ends":
            return text.replace("\n", random.choice(["\r\n", "\r", " ", "\t\n", ""]))
        case "base64":
            return base64.b64encode(text.encode()).decode()
    return random.choice([f"a: b\n{text}", f"{text}\n{text}", f"-----BEGIN X-----\n{text}", f" {text}", text[at:]])


def _damaged(random: Random, text: str) -> str:
    first, *body, last = text.splitlines() if text.count("\n") > 1 else ["", ""]
    try:
        der = bytearray(base64.b64decode("".join(body)))
    except ValueError:
        return text
    if der:
        der[random.randrange(min(len(der), random.choice([8, 40, 2000])))] ^= 1 << random.randrange(8)
    return f"{first}\n{base64.b64encode(der).decode()}\n{last}\n"


def test_a_private_key_is_accepted_exactly_if_kargo_can_sign_with_it(libraries):
    made, counts = keys(Random("key 1")), Counter[bool]()
    for _ in range(EACH // 2):
        text, is_damaged = next(made)
        ours, theirs = private_key_problem(text) is None, read(libraries, "key", text) is not None
        assert ours == theirs or (is_damaged and theirs), text
        counts[ours] += 1
    assert min(counts.values()) > EACH / 20
