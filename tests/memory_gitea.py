"""A Gitea in memory, for what the real one cannot be made to answer: it speaks the hook API as Gitea 1.26 does."""

import json
from typing import Any

import httpx
import pytest

_PAGE = 50


class MemoryGitea:
    """Answers `httpx` requests from memory.

    Attributes:
        hooks: what it keeps, by number.
        requests: method, path below `/api/v1` and body of each request.
        organizations: names of organisations; every other owner is a user.
        known_events: the events that it can keep.
    """

    def __init__(self) -> None:
        self.hooks: dict[int, dict[str, Any]] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.organizations: set[str] = set()
        self.known_events = {"package", "pull_request", "push"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.path.removeprefix("/api/v1")
        body: Any = json.loads(request.content) if request.content else None
        self.requests.append((request.method, path, body))
        if path == "/version":
            return httpx.Response(200, json={"version": "1.16.0"})
        if path.startswith("/orgs/") and not path.endswith("/hooks"):
            return httpx.Response(200 if path.rpartition("/")[2] in self.organizations else 404, json={})
        number = path.rpartition("/")[2]
        if request.method == "GET" and not number.isdigit():
            page = int(request.url.params["page"])
            return httpx.Response(200, json=list(self.hooks.values())[(page - 1) * _PAGE : page * _PAGE])
        if request.method == "POST":
            self.hooks[len(self.hooks) + 1] = self._stored(len(self.hooks) + 1, body)
            return httpx.Response(201, json=self.hooks[len(self.hooks)])
        if int(number) not in self.hooks:
            return httpx.Response(404, json={"message": "not found"})
        if request.method == "PATCH":
            self.hooks[int(number)] = self._stored(int(number), body)
        if request.method == "DELETE":
            del self.hooks[int(number)]
            return httpx.Response(204)
        return httpx.Response(200, json=self.hooks[int(number)])

    def _stored(self, number: int, body: dict[str, Any]) -> dict[str, Any]:
        events = [e.removesuffix("_only") for e in body["events"] if e.removesuffix("_only") in self.known_events]
        return {**body, "id": number, "events": events}


def answer_with(monkeypatch: pytest.MonkeyPatch, handler: Any) -> None:
    """Make every new `httpx.Client` ask `handler`, which returns a response or raises."""
    real = httpx.Client
    transport = httpx.MockTransport(handler)
    monkeypatch.setattr(httpx, "Client", lambda **given: real(**{**given, "transport": transport}))
