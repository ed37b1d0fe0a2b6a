"""The test delivery: what Kargo's answer means, and that no message shows the URL."""

from typing import Any

import httpx
import pytest

from clients.receiver import DeliveryError, deliver, delivery_problem

URL = "https://kargo.example.com/generic/planted-path"
REFRESHED = {"matchedWhenExpression": True, "selectedTargets": [{"name": "backstage", "success": True}]}


@pytest.mark.parametrize(
    ("status", "answer", "problem"),
    [
        (200, {"results": [REFRESHED]}, None),
        (404, {}, "knows no receiver at the computed path"),
        (200, {}, "something other than Kargo's `generic` receiver"),
        (200, {"results": [{"matchedWhenExpression": True, "selectedTargets": []}]}, "found no Warehouse 'backstage'"),
        (
            200,
            {
                "results": [
                    {"matchedWhenExpression": True, "selectedTargets": [{"name": "backstage", "success": False}]}
                ]
            },
            "could not refresh it",
        ),
        (200, {"results": [{"summary": "Request did not match whenExpression"}]}, "no action matched"),
        (500, {"results": [{"summary": "Error evaluating whenExpression"}]}, "500, and no action matched"),
    ],
)
def test_a_delivery_is_judged_by_what_kargo_answers(status, answer, problem):
    found = delivery_problem(status, answer, "backstage")
    assert found is None if problem is None else found is not None and problem in found


def test_a_failed_delivery_never_shows_the_url(monkeypatch):
    def refuse(*_args: Any, **_given: Any) -> httpx.Response:
        raise httpx.ConnectError(f"cannot connect to {URL}")

    monkeypatch.setattr(httpx, "post", refuse)
    with pytest.raises(DeliveryError, match=r"set webhooks\.deliveryProof to false") as error:
        deliver(URL, "admin", "backstage", "backstage", None)
    assert "planted-path" not in str(error.value)
