"""A request to Azure, and the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request.

    Args:
        host: host in the URL.
        method: HTTP method.
        path: the parts of the path, without empty ones.
        body: decoded form or JSON object.
        token: bearer token; empty without one.
    """

    host: str
    method: str
    path: tuple[str, ...]
    body: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer.

    Args:
        status: HTTP status.
        body: JSON object.
        headers: further headers.
    """

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """The service refuses the request.

    Attributes:
        answer: the answer.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer
