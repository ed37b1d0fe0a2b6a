"""Paths in a Git repository, keys of a JSON file, and local files."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.types.placeholders import known
from model.types.plain import one_line, unevaluated

_LONGEST_PART = 255
_EXAMPLE = ".env-files/images.json"
_KEY = re.compile(r"[A-Za-z0-9_-]+")
# json-update uses sjson, in which -1 appends to a list and another number is a list index.
_INDEX = re.compile(r"-?[0-9]+")


def _json_file(value: str) -> str:
    """Return the path without `./`, so that a file has one path only.

    json-update (Kargo 1.11) replaces a file that is not JSON by JSON, and the step succeeds.
    """
    unevaluated(value)
    if "\\" in value:
        raise refusal(f"contains a backslash; write / between folders, such as {_EXAMPLE}")
    parts = value.split("/")
    if value.startswith("/") or ".." in parts:
        raise refusal(f"not below the repository's root; write a relative path, such as {_EXAMPLE}")
    if ".git" in value.lower().split("/"):
        raise refusal(f"in Git's own folder; write another path, such as {_EXAMPLE}")
    if parts[-1] in ("", ".") or any(len(part.encode()) > _LONGEST_PART for part in parts):
        raise refusal(f"not the path of a file; write a path such as {_EXAMPLE}")
    if not value.lower().endswith(".json"):
        raise refusal(f"not a JSON file, and Kargo would replace its content by JSON; write a path such as {_EXAMPLE}")
    return "/".join(part for part in parts if part not in ("", "."))


def _json_key(value: str) -> str:
    if not _KEY.fullmatch(value):
        # A dot would split the key: json-update addresses `environment.app` with sjson paths.
        raise refusal("not a valid key; write letters, digits, - and _ only")
    if _INDEX.fullmatch(value):
        raise refusal("a number, which Kargo treats as a list index; write a key with a letter")
    return value


def _certificate_file(value: str) -> str:
    if "-----BEGIN" in value:
        raise refusal("contains the certificate itself; write the path of a PEM file")
    return one_line(value)


ImagesFile = Annotated[
    str,
    AfterValidator(_json_file),
    AfterValidator(known("app", "environment", "pipeline", "stage")),
    WithJsonSchema({"type": "string", "pattern": r"^(?![/\s])[^\\]*\.[jJ][sS][oO][nN]$"}),
]
JsonKey = Annotated[
    str, AfterValidator(_json_key), WithJsonSchema({"type": "string", "pattern": r"^(?!-?[0-9]+$)[A-Za-z0-9_-]+$"})
]
CertificateFile = Annotated[str, AfterValidator(_certificate_file), WithJsonSchema({"type": "string", "minLength": 1})]
