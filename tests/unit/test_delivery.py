"""The test deliveries: the meaning of Kargo's answers, repeated deliveries, and no message with the URL."""

import hashlib
import hmac
from typing import Any

import httpx
import pytest

from clients.receiver import DeliveryError, deliver_package, deliver_pull_request, package_problem, pull_request_problem
from tests.memory_gitea import answer_with

URL = "https://kargo.example.com/generic/planted-path"
REFRESHED = {"matchedWhenExpression": True, "selectedTargets": [{"name": "backstage", "success": True}]}
NOT_REFRESHED = {"matchedWhenExpression": True, "selectedTargets": [{"name": "backstage", "success": False}]}


@pytest.mark.parametrize(
    ("status", "answer", "problem", "may_pass"),
    [
        (404, {}, "Kargo has no receiver at the computed path", True),
        (200, {}, "another server than Kargo's `generic` receiver", False),
        (
            200,
            {"results": [{"matchedWhenExpression": True, "selectedTargets": []}]},
            "no Warehouse 'backstage' subscribes to the image",
            True,
        ),
        (500, {"results": [NOT_REFRESHED]}, "could not refresh Warehouse 'backstage'", True),
        (
            200,
            {"results": [{"summary": "Request did not match whenExpression"}]},
            "no action of the receiver matched",
            False,
        ),
        (
            500,
            {"results": [{"summary": "Error evaluating whenExpression"}]},
            "500, no action of the receiver matched: Error evaluating whenExpression",
            True,
        ),
        (503, {}, "503, no action of the receiver matched: no reason given", True),
    ],
)
def test_a_package_delivery_is_judged_by_what_kargo_answers(status, answer, problem, may_pass):
    found = package_problem(status, answer, "backstage")
    assert found
    assert problem in found.text
    assert found.may_pass is may_pass


def test_a_refreshed_warehouse_is_no_problem():
    assert package_problem(200, {"results": [REFRESHED]}, "backstage") is None


@pytest.mark.parametrize(
    ("status", "problem", "may_pass"),
    [
        (501, "use Kargo 1.11 or newer", False),
        (401, "check the receiver's Secret", True),
        (404, "Kargo has no receiver at the computed path", True),
        (502, "another server than Kargo's `gitea` receiver", True),
        (301, "another server than Kargo's `gitea` receiver", False),
    ],
)
def test_a_pull_request_delivery_is_judged_by_its_status(status, problem, may_pass):
    found = pull_request_problem(status)
    assert found
    assert problem in found.text
    assert found.may_pass is may_pass


class Kargo:
    """Returns the given answers, then repeats the last one."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def time_flies(monkeypatch):
    """Let pauses pass at once, on a clock of their own."""
    now = [0.0]
    monkeypatch.setattr("clients.receiver.time.monotonic", lambda: now[0])
    monkeypatch.setattr("clients.receiver.time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    return now


def package(monkeypatch, *answers: httpx.Response) -> Kargo:
    kargo = Kargo(*answers)
    answer_with(monkeypatch, kargo)
    deliver_package(URL, "admin", "backstage-cnoe", "backstage", None)
    return kargo


def test_a_temporary_problem_is_tried_again(monkeypatch, time_flies):
    answers = [httpx.Response(status, json={}) for status in (404, 500, 503)]
    kargo = package(monkeypatch, *answers, httpx.Response(200, json={"results": [REFRESHED]}))
    assert not kargo.answers[1:]
    assert len(kargo.requests) == len(answers) + 1


def test_trying_ends_after_about_ten_seconds(monkeypatch, time_flies):
    with pytest.raises(DeliveryError, match="test delivery: 404"):
        package(monkeypatch, httpx.Response(404, json={}))
    assert 9 < time_flies[0] < 12


def test_a_permanent_problem_is_reported_at_once(monkeypatch, time_flies):
    with pytest.raises(DeliveryError, match="another server than Kargo"):
        package(monkeypatch, httpx.Response(200, text="<html>a login page</html>"))
    assert time_flies[0] == 0


def test_a_pull_requests_delivery_is_signed_and_asks_for_nothing(monkeypatch):
    kargo = Kargo(httpx.Response(200, json=None))
    answer_with(monkeypatch, kargo)
    deliver_pull_request(URL, "planted-secret", None)
    (request,) = kargo.requests
    signature = hmac.new(b"planted-secret", request.content, hashlib.sha256).hexdigest()
    assert request.headers["X-Gitea-Event"] == "pull_request"
    assert request.headers["X-Hub-Signature-256"] == f"sha256={signature}"
    assert b"closed" not in request.content


def test_a_failed_delivery_never_shows_the_url(monkeypatch):
    def refuse(_request: httpx.Request) -> Any:
        raise httpx.ConnectError(f"cannot connect to {URL}")

    answer_with(monkeypatch, refuse)
    with pytest.raises(DeliveryError, match=r"set webhooks\.testDelivery to false") as error:
        deliver_package(URL, "admin", "backstage", "backstage", None)
    assert "planted-path" not in str(error.value)
