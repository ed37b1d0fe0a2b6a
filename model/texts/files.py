"""Paths in a Git repository, and keys in a JSON file there."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from model.problem import refusal
from model.texts.plain import NonEmpty


def _relative_path(value: str) -> str:
    if value.startswith("/") or ".." in value.split("/"):
        raise refusal("leaves the repository; write a path below its root, such as .env-files/images.json")
    return value


RelativePath = Annotated[NonEmpty, AfterValidator(_relative_path)]
# A dot would split the key: json-update addresses `environment.app` with sjson paths.
JsonKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
