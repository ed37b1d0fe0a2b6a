"""Kargo's expressions over a webhook request, evaluated by the engine that Kargo uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.standins.controllers.kargo.libraries import Libraries


@dataclass(frozen=True)
class Request:
    """What expressions see of a request.

    Args:
        headers: its headers.
        body: its parsed body.
        query: the query of its URL.
    """

    headers: Mapping[str, str]
    body: Any
    query: str = ""


@dataclass(frozen=True)
class Environment:
    """What expressions of one action see.

    Args:
        request: the request.
        parameters: the action's `parameters`.
    """

    request: Request
    parameters: Mapping[str, str] = field(default_factory=dict)


class Expressions:
    """Evaluates a receiver's expressions.

    Args:
        libraries: what evaluates them.
    """

    def __init__(self, libraries: Libraries) -> None:
        self._libraries = libraries

    def matches(self, when: str, environment: Environment) -> bool:
        """Return whether a `whenExpression` is true.

        Raises:
            ValueError: with the engine's message, where Kargo would answer 500.
        """
        return bool(self._libraries.ask("when", expression=when, request=_question(environment)))

    def text(self, template: str, environment: Environment) -> str:
        """Return the string that a template gives, such as `${{ normalizeImage(request.body.name) }}`.

        Raises:
            ValueError: with the engine's message, where Kargo would answer 500.
        """
        return str(self._libraries.ask("text", template=template, request=_question(environment)))

    def normalized(self, function: str, repository: str) -> str:
        """Return `repository` as Kargo compares it, by `normalizeGit`, `normalizeImage` or `normalizeChart`."""
        return self.text(f"${{{{ {function}(request.body) }}}}", Environment(Request({}, repository)))


def _question(environment: Environment) -> dict[str, Any]:
    request = environment.request
    known = {"headers": dict(request.headers), "body": request.body, "query": request.query}
    return {**known, "parameters": dict(environment.parameters)}
