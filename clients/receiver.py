"""Kargo's webhook receivers: test deliveries, and what their answers mean."""

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
# Kargo routes, and finds Warehouses, from a cache that follows the cluster a little later.
_PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.5


class DeliveryError(ServiceError):
    """The receiver did not do what it should."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with an answer.

    Args:
        text: what is wrong, and what to look at.
        may_pass: whether Kargo may only not have seen a change in the cluster yet.
    """

    text: str
    may_pass: bool = False


def package_event(owner: str, image: str, tag: str) -> dict[str, Any]:
    """Return the part of Gitea's `package` event that a receiver looks at, for a pushed tag (Gitea 1.26)."""
    return {
        "action": "created",
        "package": {"type": "container", "name": image, "version": tag, "owner": {"login": owner}},
    }


def deliver_package(url: str, owner: str, image: str, warehouse: str, ca_bundle: str | None) -> None:
    """Send a package event for `image` to a `generic` receiver and check its answer.

    Args:
        url: the receiver's URL (secret).
        owner: owner of the image.
        image: name of the image.
        warehouse: name of the Warehouse that must be refreshed.
        ca_bundle: PEM file to trust beside the system's CAs.

    Raises:
        DeliveryError: saying what failed and what to look at.
        ServiceError: if `ca_bundle` cannot be read.
    """
    body = json.dumps(package_event(owner, image, "delivery-proof")).encode()
    headers = {"X-Gitea-Event": "package"}
    _deliver(url, body, headers, lambda status, answer: package_problem(status, answer, warehouse), ca_bundle)


def deliver_pull_request(url: str, secret: str, ca_bundle: str | None) -> None:
    """Send a pull request's event to a `gitea` receiver and check that it takes such events.

    Nothing comes of it: Kargo looks for Promotions only when a pull request is closed (1.11).

    Args:
        url: the receiver's URL (secret).
        secret: what Gitea signs with (secret).
        ca_bundle: PEM file to trust beside the system's CAs.

    Raises:
        DeliveryError: saying what failed and what to look at.
        ServiceError: if `ca_bundle` cannot be read.
    """
    body = json.dumps({"action": "opened"}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Gitea-Event": "pull_request", "X-Hub-Signature-256": f"sha256={signature}"}
    _deliver(url, body, headers, lambda status, _: pull_request_problem(status), ca_bundle)


def package_problem(status: int, answer: Mapping[str, Any], warehouse: str) -> Problem | None:
    """Return what is wrong with a `generic` receiver's answer, or None (Kargo 1.11's `results[]`)."""
    if problem := _routing_problem(status):
        return problem
    results = answer.get("results") or []
    if status == HTTPStatus.OK and not results:
        return Problem(
            "200 without results, so something other than Kargo's `generic` receiver answers at kargo.webhooksBaseUrl"
        )
    for result in results:
        targets = {target.get("name"): target.get("success") for target in result.get("selectedTargets") or []}
        if targets.get(warehouse):
            return None
        if warehouse in targets:
            return Problem(
                f"Kargo selected Warehouse '{warehouse}' but could not refresh it; see its controller's log",
                may_pass=True,
            )
        if result.get("matchedWhenExpression"):
            return Problem(
                f"the receiver matched but found no Warehouse '{warehouse}' that subscribes to the image", may_pass=True
            )
    said = ", ".join(str(result.get("summary")) for result in results) or "no reason given"
    return Problem(f"{status}, and no action matched: {said}", may_pass=_is_failure(status))


def pull_request_problem(status: int) -> Problem | None:
    """Return what is wrong with a `gitea` receiver's answer to a pull request's event, or None."""
    match status:
        case HTTPStatus.OK:
            return None
        case HTTPStatus.NOT_IMPLEMENTED:
            return Problem(
                "501, this Kargo takes no pull-request events from Gitea; use Kargo 1.11 or newer, or promoteBy: push"
            )
        case HTTPStatus.UNAUTHORIZED:
            return Problem("401, Kargo expects another signature; look at the receiver's Secret", may_pass=True)
    return _routing_problem(status) or Problem(
        f"{status}, so something other than Kargo's `gitea` receiver may answer at kargo.webhooksBaseUrl",
        may_pass=_is_failure(status),
    )


def _routing_problem(status: int) -> Problem | None:
    if status != HTTPStatus.NOT_FOUND:
        return None
    return Problem(
        "404, Kargo knows no receiver at the computed path; look at kargo.webhooksBaseUrl and the ProjectConfig's "
        "Ready condition",
        may_pass=True,
    )


def _is_failure(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _deliver(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    judge: Callable[[int, Mapping[str, Any]], Problem | None],
    ca_bundle: str | None,
) -> None:
    """Send until the answer is right, cannot become so, or about ten seconds have passed."""
    last, scrub = time.monotonic() + _PATIENCE_SECONDS, Scrubber([url])
    with httpx.Client(verify=ssl_context(ca_bundle), timeout=TIMEOUT_SECONDS) as client:
        while True:
            try:
                response = client.post(url, content=body, headers={"Content-Type": "application/json", **headers})
            except httpx.TransportError as error:
                raise DeliveryError(
                    f"test delivery: {explain(error, _SERVER)}; set webhooks.deliveryProof to false if only Gitea "
                    "reaches it"
                ) from None
            problem = judge(response.status_code, json_object(response))
            if problem is None:
                return
            if not problem.may_pass or time.monotonic() > last:
                raise DeliveryError(scrub(f"test delivery: {problem.text}"))
            time.sleep(_PAUSE_SECONDS)
