"""GitHub's deliveries to Kargo: a ping that is waited for, and the fix for each answer."""

import time
from typing import Any

import pytest

from clients.github import GitHub
from clients.github_deliveries import PingError, check_ping, problem
from clients.github_hooks import GitHubHooks, WantedHook
from tests.memory_github_hooks import Answer

URL = "https://kargo.example.com/github/planted-path-0123456789"
PATH = "/orgs/acme/hooks/1"
OK = (200, "OK", "{}")
NO_RECEIVER = (404, "Invalid HTTP Response: 404", '{"error":"not found"}')


@pytest.fixture
def hooks(github, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    github.hooks.organizations["acme"] = {"robot"}
    with GitHub("https://github.com", "planted-user-token", None, [URL]) as connected:
        found = GitHubHooks(connected)
        found.make("/orgs/acme/hooks", WantedHook(URL, ["package"], "planted-secret"))
        yield found


def answering(github: Any, *answers: Answer) -> list[str]:
    """Answer deliveries one after the other; the last answer stays. Return the events that will be delivered."""
    left, events = list(answers), []

    def answer(_url: str, _secret: str, event: str, _body: dict[str, Any]) -> Answer:
        events.append(event)
        return left.pop(0) if len(left) > 1 else left[0]

    github.hooks.receiver = answer
    return events


def test_an_accepted_ping_ends_the_check(github, hooks):
    events = answering(github, OK)
    assert check_ping(hooks, PATH)
    assert events == ["ping"]


def test_an_old_answer_or_another_event_is_not_the_ping(github, hooks):
    events = answering(github, OK, OK, NO_RECEIVER)
    for event in ("ping", "package"):
        github.hooks.deliver(github.hooks.stored[1], event, {})
    with pytest.raises(PingError):
        check_ping(hooks, PATH)
    assert events == ["ping", "package", "ping", "ping", "ping"]


def test_a_receiver_that_kargo_does_not_know_yet_is_pinged_again(github, hooks):
    events = answering(github, NO_RECEIVER, OK)
    assert check_ping(hooks, PATH)
    assert events == ["ping", "ping"]


def test_a_delivery_that_is_not_recorded_is_not_waited_for_without_end(github, hooks):
    github.hooks.is_slow = True
    before = time.monotonic()
    assert not check_ping(hooks, PATH)
    assert time.monotonic() - before == pytest.approx(20, abs=1)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (
            NO_RECEIVER,
            "ping of GitHub: 404, Invalid HTTP Response: 404: not found; Kargo has no receiver at the webhook's URL; "
            "check kargo.webhooksBaseUrl and the ProjectConfig's condition Ready",
        ),
        (
            (401, "Invalid HTTP Response: 401", '{"error":"unauthorized"}'),
            "ping of GitHub: 401, Invalid HTTP Response: 401: unauthorized; the secret in GitHub or in the cluster is "
            "another one; run pulumi up --refresh, and if that does not help, change webhooks.rotation",
        ),
        ((502, "failed to connect to host", ""), "ping of GitHub: 502, failed to connect to host; make "),
        ((504, "timed out", ""), "ping of GitHub: 504, timed out; make kargo.webhooksBaseUrl reachable from GitHub"),
        ((0, "Peer certificate cannot be authenticated", ""), "ping of GitHub: Peer certificate cannot be"),
        (
            (500, "Invalid HTTP Response: 500", "{}"),
            "ping of GitHub: 500, Invalid HTTP Response: 500; check the log of Kargo's external webhooks server",
        ),
        (
            (301, "Invalid HTTP Response: 301", "<html>"),
            "ping of GitHub: 301, Invalid HTTP Response: 301; GitHub follows no redirect",
        ),
        (
            (405, "Invalid HTTP Response: 405", "<html>"),
            "ping of GitHub: 405, Invalid HTTP Response: 405; check that kargo.webhooksBaseUrl is the address of",
        ),
    ],
)
def test_kargos_answer_is_named_with_the_fix(github, hooks, answer, line):
    answering(github, answer)
    with pytest.raises(PingError) as caught:
        check_ping(hooks, PATH)
    assert str(caught.value).startswith(line)


@pytest.mark.parametrize("echo", ['{"error":"%s"}', '{"error":"%s planted-user-token"}', "%s"])
def test_no_answer_shows_the_url(github, hooks, echo):
    answering(github, (404, f"Invalid {URL}", echo % URL))
    with pytest.raises(PingError) as caught:
        check_ping(hooks, PATH)
    assert "planted" not in str(caught.value)


def test_a_success_is_no_problem(github, hooks):
    answering(github, (204, "OK", ""))
    hooks.ping(PATH)
    assert problem(hooks, PATH, hooks.deliveries(PATH)[0]) is None
