"""The announcement of a Promotion's end, which Kargo sends to a receiver over HTTP."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from model.problem import Problem, repeated
from model.source import AzureKeyVaultSource, IdpBuilderSource, StackSource
from model.types.bodies import Body, body_problems
from model.types.expressions import Condition
from model.types.plain import matching, present
from model.types.receiver_urls import ReceiverUrl
from model.types.urls import is_plain_http
from model.value import CheckedValue

PLACEHOLDERS = ("app", "environment", "link", "pipeline", "promotion", "result", "stage", "tag")
_DEFAULT = {name: f"{{{name}}}" for name in ("result", "app", "environment", "stage", "tag", "promotion", "link")}

AuthScheme = Annotated[
    str,
    matching(
        re.compile("[A-Za-z][A-Za-z0-9-]{0,31}"),
        "not a scheme of the header Authorization; write one word, such as Bearer or token",
    ),
]


class Notify(CheckedValue):
    """A request that Kargo sends when a Promotion ends. Its failure does not change the result of the Promotion."""

    url: ReceiverUrl
    """URL to which Kargo's controller sends the announcement with POST. Kargo shows it in the Stage and in errors, so
    it must not contain a secret: the URL of an incoming webhook is refused. With `token`, plain HTTP is allowed for a
    loopback address only.

    Example: `https://slack.com/api/chat.postMessage`"""

    on: Annotated[tuple[Literal["failed", "succeeded"], ...], Field(min_length=1, strict=False)] = ("failed",)
    """Results of a Promotion that are announced. A Promotion in the phase Failed or Errored is `failed`. An aborted
    Promotion is not announced."""

    token: Annotated[
        Annotated[AzureKeyVaultSource | IdpBuilderSource | StackSource, Field(discriminator="source")] | None,
        BeforeValidator(present),
    ] = None
    """Source of the token in the header `Authorization`. With `from: stack`, its encrypted key is `notifyToken`. By
    default the request has no such header."""

    auth_scheme: AuthScheme = "Bearer"
    """Word before the token in the header `Authorization`. Gitea needs `token`."""

    body: Body = _DEFAULT
    """JSON body of the request: a mapping or list. Its texts may contain the placeholders `{app}`, `{environment}`,
    `{pipeline}`, `{stage}`, `{tag}`, `{result}` (`failed` or `succeeded`), `{promotion}` and `{link}` (the Promotion in
    Kargo's UI). The body is visible in the Stage, so it must not contain a secret.

    Example: `{channel: C0123456789, text: "{app} {tag} in {environment}: {result}"}`"""

    success_expression: Condition = "response.status >= 200 && response.status < 300"
    """Expression as in `httpCheck.successExpression`. If it is false, Kargo marks the step as Failed. Kargo sends each
    announcement once."""

    def problems(self) -> Iterator[Problem]:
        """Yield the settings that contradict each other."""
        yield from repeated("on", self.on)
        yield from body_problems("body", self.body, PLACEHOLDERS)
        if self.token is None:
            if self.auth_scheme != "Bearer":
                yield Problem("authScheme", "has no effect without token; add token, or remove it")
            return
        if is_plain_http(self.url):
            yield Problem(
                "url",
                "plain HTTP, over which the token could be read; write https:// (HTTP is allowed for a loopback "
                "address only)",
            )
        if isinstance(self.token, AzureKeyVaultSource) and self.token.username_property:
            yield Problem("token.usernameProperty", "a token has no username; remove it")
        if isinstance(self.token, IdpBuilderSource) and self.token.credential_property == "password":
            yield Problem("token.property", "the header needs an access token; write token")
