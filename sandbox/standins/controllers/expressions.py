"""Kargo's expressions over a webhook request, evaluated by the engine that Kargo uses."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


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
    """Evaluates expressions in a small Go program that stays running.

    Args:
        program: path of `whenexpr`.
    """

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def matches(self, when: str, environment: Environment) -> bool:
        """Return whether a `whenExpression` is true.

        Raises:
            ValueError: with the engine's message, where Kargo would answer 500.
        """
        return bool(self._ask({"when": when}, environment)["matched"])

    def text(self, template: str, environment: Environment) -> str:
        """Return the string that a template gives, such as `${{ normalizeImage(request.body.name) }}`.

        Raises:
            ValueError: with the engine's message, where Kargo would answer 500.
        """
        return str(self._ask({"template": template}, environment)["text"])

    def normalized(self, function: str, repository: str) -> str:
        """Return `repository` as Kargo compares it, by `normalizeGit`, `normalizeImage` or `normalizeChart`."""
        return self.text(f"${{{{ {function}(request.body) }}}}", Environment(Request({}, repository)))

    def close(self) -> None:
        """End the program."""
        self._process.communicate()

    def _ask(self, question: dict[str, str], environment: Environment) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        request = environment.request
        known = {"headers": dict(request.headers), "body": request.body, "query": request.query}
        json.dump({**question, **known, "parameters": dict(environment.parameters)}, self._process.stdin)
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if answer.get("error"):
            raise ValueError(answer["error"])
        return answer
