"""Owners of images, and usernames."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.texts.plain import matching, unevaluated

_GITEA_LONGEST = 40
_GITHUB_LONGEST = 39
_GITEA = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*")
# Users of an enterprise have its code behind an underscore.
_GITHUB = re.compile(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")


def _username(value: str) -> str:
    unevaluated(value)
    if ":" in value:
        raise refusal("has a colon, where HTTP sign-in would cut it; write the name alone, passwords never stand here")
    return value


GiteaOwner = Annotated[
    str,
    matching(
        _GITEA,
        f"not a name that Gitea gives; write at most {_GITEA_LONGEST} letters and digits, with single . _ - between",
        _GITEA_LONGEST,
    ),
]
GitHubOwner = Annotated[
    str,
    matching(
        _GITHUB,
        f"not a name that GitHub gives; write at most {_GITHUB_LONGEST} letters and digits, with single - or _ between",
        _GITHUB_LONGEST,
    ),
]
Username = Annotated[
    str, AfterValidator(_username), WithJsonSchema({"type": "string", "pattern": r"^[^\s:]([^:]*[^\s:])?$"})
]
