"""Owners of images, usernames, and GitHub Apps."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from model.problem import refusal
from model.types.plain import digits_as_text, matching, unevaluated

_GITEA_LONGEST = 40
_GITHUB_LONGEST = 39
_GITEA = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*")
# The names of enterprise-managed users end with an underscore and a code.
_GITHUB = re.compile(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")
_REPOSITORY = re.compile(r"\.?[A-Za-z0-9_-][A-Za-z0-9._-]*")
_LONGEST_REPOSITORY = 100
_CLIENT_ID = re.compile(r"Iv[A-Za-z0-9.]{8,60}")
# Kargo parses it as a 64-bit number.
_INSTALLATION_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def _username(value: str) -> str:
    unevaluated(value)
    if ":" in value:
        raise refusal("contains a colon, which HTTP basic authentication does not allow; write the username only")
    return value


GiteaOwner = Annotated[
    str,
    matching(
        _GITEA,
        f"not a valid Gitea name; write at most {_GITEA_LONGEST} letters and digits, with single . _ - between",
        _GITEA_LONGEST,
    ),
]
GitHubOwner = Annotated[
    str,
    matching(
        _GITHUB,
        f"not a valid GitHub name; write at most {_GITHUB_LONGEST} letters and digits, with single - or _ between",
        _GITHUB_LONGEST,
    ),
]
GitHubRepository = Annotated[
    str,
    matching(
        _REPOSITORY,
        f"not the name of a repository on GitHub; write at most {_LONGEST_REPOSITORY} letters, digits and . _ -, "
        "without its owner",
        _LONGEST_REPOSITORY,
    ),
]
Username = Annotated[
    str, AfterValidator(_username), WithJsonSchema({"type": "string", "pattern": r"^[^\s:]([^:]*[^\s:])?$"})
]
ClientId = Annotated[
    str,
    matching(_CLIENT_ID, "not the client ID of a GitHub App; copy it from its settings page, such as Iv23liAbCdEf"),
]
InstallationId = Annotated[
    str,
    BeforeValidator(digits_as_text),
    matching(_INSTALLATION_ID, "not an installation ID; write the last part of the URL of its settings page"),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": f"^{_INSTALLATION_ID.pattern}$"}]}),
]
