"""Test deliveries to Kargo's webhook receivers, and error lines for their answers.

A delivery that fails raises a `DeliveryError`; a `ca_bundle` that cannot be read raises a `ServiceError`.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from clients.connection import TIMEOUT_SECONDS, ServiceError, explain, json_object, ssl_context
from clients.secrecy import Scrubber

_SERVER = "Kargo's external webhooks server"
# Kargo finds receivers and Warehouses in a cache, which is updated shortly after the cluster.
_PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.5


class DeliveryError(ServiceError):
    """A test delivery failed; the text contains the reason and the fix."""


@dataclass(frozen=True)
class Problem:
    """A problem with an answer.

    Args:
        text: the problem and the fix.
        may_pass: whether the problem may disappear when Kargo's cache is updated.
    """

    text: str
    may_pass: bool = False


_NO_RECEIVER = Problem(
    "404, Kargo has no receiver at the computed path; check kargo.webhooksBaseUrl and the ProjectConfig's condition "
    "Ready",
    may_pass=True,
)


def package_event(owner: str, image: str, tag: str) -> dict[str, Any]:
    """Return the part of Gitea's `package` event for a pushed tag that a receiver reads (Gitea 1.26)."""
    return {
        "action": "created",
        "package": {"type": "container", "name": image, "version": tag, "owner": {"login": owner}},
    }


def deliver_package(url: str, owner: str, image: str, warehouse: str, ca_bundle: str | None) -> None:
    """Send a package event for `image` to a `generic` receiver, and check its answer.

    Args:
        url: the receiver's URL (secret).
        owner: owner of the image.
        image: name of the image.
        warehouse: name of the Warehouse that must be refreshed.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.
    """
    body = json.dumps(package_event(owner, image, "test-delivery")).encode()
    headers = {"X-Gitea-Event": "package"}
    _deliver(url, body, headers, lambda status, answer: package_problem(status, answer, warehouse), ca_bundle)


def deliver_pull_request(url: str, secret: str, ca_bundle: str | None) -> None:
    """Send a pull-request event to a `gitea` receiver, and check that it accepts such events.

    The event has no effect: Kargo looks for Promotions only when a pull request is closed (1.11).

    Args:
        url: the receiver's URL (secret).
        secret: secret with which Gitea signs (secret).
        ca_bundle: PEM file with CAs to trust, in addition to the system's.
    """
    body = json.dumps({"action": "opened"}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Gitea-Event": "pull_request", "X-Hub-Signature-256": f"sha256={signature}"}
    _deliver(url, body, headers, lambda status, _: pull_request_problem(status), ca_bundle)


def package_problem(status: int, answer: Mapping[str, Any], warehouse: str) -> Problem | None:
    """Return the problem with a `generic` receiver's answer, or None (`results[]` of Kargo 1.11)."""
    if status == HTTPStatus.NOT_FOUND:
        return _NO_RECEIVER
    results = answer.get("results") or []
    if status == HTTPStatus.OK and not results:
        return Problem(
            "200 without results, so another server than Kargo's `generic` receiver answered; correct "
            "kargo.webhooksBaseUrl"
        )
    for result in results:
        targets = {target.get("name"): target.get("success") for target in result.get("selectedTargets") or []}
        if targets.get(warehouse):
            return None
        if warehouse in targets:
            return Problem(
                f"Kargo could not refresh Warehouse '{warehouse}'; check the log of Kargo's external webhooks server",
                may_pass=True,
            )
        if result.get("matchedWhenExpression"):
            return Problem(
                f"the event matched, but no Warehouse '{warehouse}' subscribes to the image; run: pulumi up --refresh",
                may_pass=True,
            )
    reasons = ", ".join(str(result.get("summary")) for result in results) or "no reason given"
    may_pass = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return Problem(f"{status}, no action of the receiver matched: {reasons}", may_pass)


def pull_request_problem(status: int) -> Problem | None:
    """Return the problem with a `gitea` receiver's answer to a pull-request event, or None."""
    match status:
        case HTTPStatus.OK:
            return None
        case HTTPStatus.NOT_FOUND:
            return _NO_RECEIVER
        case HTTPStatus.NOT_IMPLEMENTED:
            return Problem(
                "501, Kargo does not accept pull-request events of Gitea; use Kargo 1.11 or newer, or promoteBy: push"
            )
        case HTTPStatus.UNAUTHORIZED:
            return Problem("401, Kargo expects another signature; check the receiver's Secret", may_pass=True)
    return Problem(
        f"{status}, so another server than Kargo's `gitea` receiver may have answered; check kargo.webhooksBaseUrl",
        may_pass=status >= HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def _deliver(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    judge: Callable[[int, Mapping[str, Any]], Problem | None],
    ca_bundle: str | None,
) -> None:
    """Repeat the delivery for about ten seconds, until it succeeds or its problem cannot disappear."""
    last, scrub = time.monotonic() + _PATIENCE_SECONDS, Scrubber([url])
    with httpx.Client(verify=ssl_context(ca_bundle), timeout=TIMEOUT_SECONDS) as client:
        while True:
            try:
                response = client.post(url, content=body, headers={"Content-Type": "application/json", **headers})
            except httpx.TransportError as error:
                raise DeliveryError(
                    f"test delivery: {explain(error, _SERVER)}; if only Gitea can reach it, set webhooks.testDelivery "
                    "to false"
                ) from None
            problem = judge(response.status_code, json_object(response))
            if problem is None:
                return
            if not problem.may_pass or time.monotonic() > last:
                raise DeliveryError(scrub(f"test delivery: {problem.text}"))
            time.sleep(_PAUSE_SECONDS)
