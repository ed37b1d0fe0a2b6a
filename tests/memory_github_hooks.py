"""The webhooks of a GitHub in memory: of organizations and repositories, with their deliveries.

GitHub's rules: https://docs.github.com/en/rest/orgs/webhooks and https://docs.github.com/en/rest/repos/webhooks.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from tests.memory_github import _Asked as Asked

MASKED = "********"
# Status code, GitHub's description and body of a receiver's answer.
Answer = tuple[int, str, str]
Answering = Callable[["Asked"], httpx.Response]
_TIME = "2026-01-01T00:00:00Z"


@dataclass
class StoredHook:
    """A webhook.

    Args:
        number: its number.
        place: `orgs/<name>` or `repos/<owner>/<name>`, in lower case.
        config: URL, content type, `insecure_ssl` and secret.
        events: names of its events.
        active: whether it delivers.
        deliveries: its deliveries, the newest first.
    """

    number: int
    place: str
    config: dict[str, Any]
    events: list[str]
    active: bool = True
    deliveries: list[dict[str, Any]] = field(default_factory=list)


def accepted(url: str, secret: str, event: str, body: dict[str, Any]) -> Answer:
    """Return the answer of a Kargo that accepts everything."""
    return 200, "OK", '{"msg":"ping event received, webhook is configured correctly"}'


class MemoryHooks:
    """Answers requests for webhooks.

    Attributes:
        stored: webhooks by number.
        organizations: logins of the owners by name of the organization, in lower case. Every other owner is a user.
        receiver: called with URL, secret, event and body of each delivery.
        is_slow: whether deliveries are not recorded.
    """

    def __init__(self) -> None:
        self.stored: dict[int, StoredHook] = {}
        self.organizations: dict[str, set[str]] = {}
        self.receiver: Callable[[str, str, str, dict[str, Any]], Answer] = accepted
        self.is_slow = False
        self._numbers = itertools.count(1)
        of_one = {"": self._one, "/pings": self._ping, "/deliveries": self._deliveries}
        kinds = {"orgs/{org}": self._of_organization, "repos/{owner}/{repo}": self._of_repository}
        self.operations: dict[str, Answering] = {"GET /users/{username}": self._user}
        for place, allowed in kinds.items():
            base = f"/{place}/hooks"
            self.operations |= {
                f"GET {base}": allowed(self._all),
                f"POST {base}": allowed(self._new),
                f"GET {base}/{{hook_id}}": allowed(of_one[""]),
                f"PATCH {base}/{{hook_id}}": allowed(self._edit),
                f"DELETE {base}/{{hook_id}}": allowed(self._delete),
                f"POST {base}/{{hook_id}}/pings": allowed(of_one["/pings"]),
                f"GET {base}/{{hook_id}}/deliveries": allowed(of_one["/deliveries"]),
                f"GET {base}/{{hook_id}}/deliveries/{{delivery_id}}": allowed(self._delivery),
            }

    def add(self, place: str, url: str, *events: str, secret: str = "") -> StoredHook:
        """Register a webhook without a request, as a user does by hand; return it."""
        config = {"url": url, "content_type": "json", "insecure_ssl": "0", **({"secret": secret} if secret else {})}
        number = next(self._numbers)
        self.stored[number] = StoredHook(number, place.lower(), config, [*events])
        return self.stored[number]

    def deliver(self, hook: StoredHook, event: str, body: dict[str, Any]) -> None:
        """Deliver an event, and record the answer."""
        answer = self.receiver(hook.config["url"], hook.config.get("secret", ""), event, body)
        if self.is_slow:
            return
        number = 1000 * hook.number + len(hook.deliveries)
        hook.deliveries.insert(0, {"number": number, "event": event, "answer": answer})

    def _of_organization(self, answer: Answering) -> Answering:
        def checked(asked: "Asked") -> httpx.Response:
            owners = self.organizations.get(asked.operation.values["org"].lower())
            if owners is None or asked.token is None or asked.login not in owners:
                return refusal(404, "Not Found")
            if not asked.token.may_write and asked.request.method != "GET":
                return refusal(403, "Resource not accessible by personal access token")
            return answer(asked)

        return checked

    def _of_repository(self, answer: Answering) -> Answering:
        def checked(asked: "Asked") -> httpx.Response:
            return answer(asked) if asked.level == "admin" else refusal(404, "Not Found")

        return checked

    def _user(self, asked: "Asked") -> httpx.Response:
        name = asked.operation.values["username"]
        kind = "Organization" if name.lower() in self.organizations else "User"
        return httpx.Response(200, json={"login": name, "type": kind})

    def _all(self, asked: "Asked") -> httpx.Response:
        return asked.page([_shown(hook) for hook in self.stored.values() if hook.place == _place(asked)])

    def _new(self, asked: "Asked") -> httpx.Response:
        assert asked.body["name"] == "web", "GitHub knows no other name"
        if refused := self._refused(asked, asked.body["config"]["url"], asked.body["events"], 0):
            return refused
        hook = StoredHook(next(self._numbers), _place(asked), asked.body["config"], asked.body.get("events", ["push"]))
        self.stored[hook.number] = hook
        self.deliver(hook, "ping", {"zen": "Keep it logically awesome."})
        return httpx.Response(201, json=_shown(hook))

    def _refused(self, asked: "Asked", url: str, events: list[str], own: int) -> httpx.Response | None:
        if urlsplit(url).hostname == "localhost":
            unreachable = "Sorry, the URL host localhost is not supported because it isn't reachable over the public"
            return _invalid(f"{unreachable} Internet ({url})")
        for hook in self.stored.values():
            same = hook.place == _place(asked) and hook.number != own and hook.config["url"] == url
            if same and {*hook.events} & {*events}:
                return _invalid("Hook already exists on this repository")
        return None

    def _one(self, asked: "Asked") -> httpx.Response:
        hook = self._hook(asked)
        return httpx.Response(200, json=_shown(hook)) if hook else refusal(404, "Not Found")

    def _edit(self, asked: "Asked") -> httpx.Response:
        hook = self._hook(asked)
        if hook is None:
            return refusal(404, "Not Found")
        config, events = asked.body.get("config", hook.config), asked.body.get("events", hook.events)
        if refused := self._refused(asked, config["url"], events, hook.number):
            return refused
        # A secret that is missing in a given `config` is removed.
        hook.config, hook.events, hook.active = config, events, asked.body.get("active", hook.active)
        return httpx.Response(200, json=_shown(hook))

    def _delete(self, asked: "Asked") -> httpx.Response:
        hook = self._hook(asked)
        if hook is None:
            return refusal(404, "Not Found")
        del self.stored[hook.number]
        return httpx.Response(204)

    def _ping(self, asked: "Asked") -> httpx.Response:
        hook = self._hook(asked)
        if hook is None:
            return refusal(404, "Not Found")
        self.deliver(hook, "ping", {"zen": "Keep it logically awesome."})
        return httpx.Response(204)

    def _deliveries(self, asked: "Asked") -> httpx.Response:
        hook = self._hook(asked)
        return asked.page([_delivery(one) for one in hook.deliveries]) if hook else refusal(404, "Not Found")

    def _delivery(self, asked: "Asked") -> httpx.Response:
        hook, number = self._hook(asked), int(asked.operation.values["delivery_id"])
        found = next((one for one in hook.deliveries if one["number"] == number), None) if hook else None
        if hook is None or found is None:
            return refusal(422, "Delivery not found")
        response = {"headers": {}, "payload": found["answer"][2]}
        return httpx.Response(200, json={**_delivery(found), "url": hook.config["url"], "response": response})

    def _hook(self, asked: "Asked") -> StoredHook | None:
        hook = self.stored.get(int(asked.operation.values["hook_id"]))
        return hook if hook and hook.place == _place(asked) else None


def refusal(status: int, message: str, *errors: dict[str, str]) -> httpx.Response:
    """Return GitHub's answer to a request that it refuses."""
    about = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
    return httpx.Response(status, json={**about, **({"errors": [*errors]} if errors else {})})


def _invalid(message: str) -> httpx.Response:
    return refusal(422, "Validation Failed", {"resource": "Hook", "code": "custom", "message": message})


def _place(asked: "Asked") -> str:
    values = asked.operation.values
    place = f"orgs/{values['org']}" if "org" in values else f"repos/{values['owner']}/{values['repo']}"
    return place.lower()


def _shown(hook: StoredHook) -> dict[str, Any]:
    masked = {"secret": MASKED} if hook.config.get("secret") else {}
    about = {"id": hook.number, "name": "web", "events": hook.events, "active": hook.active}
    return {**about, "config": {**hook.config, **masked}, "updated_at": _TIME, "created_at": _TIME}


def _delivery(found: dict[str, Any]) -> dict[str, Any]:
    code, status, _ = found["answer"]
    about = {"id": found["number"], "guid": "0", "delivered_at": _TIME, "redelivery": False, "duration": 0.1}
    return {**about, "status": status, "status_code": code, "event": found["event"], "action": None}
