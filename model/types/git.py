"""Names of Git branches."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.types.plain import unevaluated

_LONGEST = 244  # a reference is a file, and the name of its lock file is longer
# git-check-ref-format(1), and the rules of `git branch`: no leading dash, no `HEAD`.
_NOT_IN_A_BRANCH = re.compile(r"\.\.|@\{|[ ~^:?*\[\\]|//|/\.|\.lock(?:/|$)|\.$|/$|^[-./]|^@$|^HEAD$")


def _branch(value: str) -> str:
    unevaluated(value)
    if value.startswith("refs/"):
        raise refusal("a full reference; write the name of the branch only, such as main")
    if _NOT_IN_A_BRANCH.search(value) or any(len(part.encode()) > _LONGEST for part in value.split("/")):
        raise refusal(
            "not a valid branch name; see `git check-ref-format --branch`: no spaces, none of .. ~ ^ : ? * [ \\ @{, "
            "no - or . at the beginning, no .lock at the end"
        )
    return value


Branch = Annotated[
    str, AfterValidator(_branch), WithJsonSchema({"type": "string", "pattern": r"^(?!refs/|[-./])[^\s~^:?*\[\\]+$"})
]
