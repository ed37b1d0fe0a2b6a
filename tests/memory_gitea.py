"""A Gitea in memory, for answers that a real one does not give on demand. Its hook API is Gitea 1.26's."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

_REAL_CLIENT = httpx.Client
_CATEGORIES = {"user": "user", "orgs": "organization", "admin": "admin"}


class MemoryGitea:
    """Answers `httpx` requests from memory.

    Attributes:
        passwords: password or token by username.
        logins: owner of the token by username, if that is another user.
        scopes: scopes by token; a password may do everything.
        hooks: stored hooks by number; each contains the `place` that it belongs to.
        requests: method, path below `/api/v1` and body of each request.
        organizations: names of the organizations; every other owner is a user.
        renamed: new names of organizations by their old names.
        known_events: the events that it stores.
        most_items: `MAX_RESPONSE_ITEMS`.
        keeps_names: whether hooks have names, as from 1.26 on.
        pages: whether lists of hooks have pages; in older versions the list of system hooks had none.
    """

    def __init__(self) -> None:
        self.passwords = {"admin": "planted-password"}
        self.logins: dict[str, str] = {}
        self.scopes: dict[str, set[str]] = {}
        self.hooks: dict[int, dict[str, Any]] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.organizations: set[str] = set()
        self.renamed: dict[str, str] = {}
        self.known_events = {"package", "pull_request", "push"}
        self.most_items = 50
        self.keeps_names = True
        self.pages = True
        self._made = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.path.removeprefix("/api/v1")
        body: Any = json.loads(request.content) if request.content else None
        self.requests.append((request.method, path, body))
        username, password = base64.b64decode(request.headers["Authorization"].split()[1]).decode().split(":", 1)
        if self.passwords.get(username) != password:
            return httpx.Response(401, json={"message": "invalid username, password or token"})
        login = self.logins.get(username, username)
        if (request.method, path) == ("GET", "/version"):
            return httpx.Response(200, json={"version": "1.16.0"})
        kind, *names = path.strip("/").split("/")
        if refusal := self._refused(password, kind, request.method):
            return refusal
        if kind == "orgs":
            if new := self.renamed.get(names[0]):
                return httpx.Response(307, headers={"Location": request.url.path.replace(names[0], new, 1)})
            if names[0].lower() not in self.organizations:
                return httpx.Response(404, json={"message": "GetOrgByName"})
        if "hooks" not in names:
            return httpx.Response(200, json={"login": login} if kind == "user" else {})
        place = {"user": f"user {login}", "orgs": f"organization {names[0].lower()}", "admin": "system"}[kind]
        number = names[-1]
        return self._one(int(number), place, request.method, body) if number.isdigit() else self._all(place, request)

    def _refused(self, password: str, kind: str, method: str) -> httpx.Response | None:
        category = _CATEGORIES[kind]
        enough = {f"write:{category}", *([f"read:{category}"] if method == "GET" else [])}
        if password not in self.scopes or enough & self.scopes[password]:
            return None
        return httpx.Response(
            403, json={"message": f"token does not have at least one of required scope(s) {category}"}
        )

    def _all(self, place: str, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self._made += 1
            self.hooks[self._made] = self._stored(self._made, place, json.loads(request.content))
            return httpx.Response(201, json=self.hooks[self._made])
        found = [hook for hook in self.hooks.values() if hook["place"] == place]
        if self.pages:
            size = min(int(request.url.params["limit"]), self.most_items)
            found = found[(int(request.url.params["page"]) - 1) * size :][:size]
        return httpx.Response(200, json=found)

    def _one(self, number: int, place: str, method: str, body: Any) -> httpx.Response:
        if number not in self.hooks or self.hooks[number]["place"] != place:
            # A system hook that is gone makes its PATCH fail (1.26).
            status = 500 if place == "system" and method == "PATCH" else 404
            return httpx.Response(status, json={"message": "webhook does not exist"})
        if method == "DELETE":
            del self.hooks[number]
            return httpx.Response(204)
        if method == "PATCH":
            secret = self.hooks[number]["secret"]
            self.hooks[number] = {**self._stored(number, place, body), "secret": secret}
        return httpx.Response(200, json=self.hooks[number])

    def _stored(self, number: int, place: str, body: dict[str, Any]) -> dict[str, Any]:
        events = [e.removesuffix("_only") for e in body["events"] if e.removesuffix("_only") in self.known_events]
        config = {key: value for key, value in body["config"].items() if key in ("url", "content_type")}
        kept = {key: value for key, value in body.items() if key != "name" or self.keeps_names}
        own = {"id": number, "place": place, "events": events, "config": config}
        return {**kept, **own, "secret": body["config"].get("secret", "")}


def answer_with(monkeypatch: pytest.MonkeyPatch, handler: Callable[[httpx.Request], httpx.Response]) -> None:
    """Make every new `httpx.Client` ask `handler`, which returns a response or raises."""
    transport = httpx.MockTransport(handler)
    monkeypatch.setattr(httpx, "Client", lambda **given: _REAL_CLIENT(**{**given, "transport": transport}))
