"""Kargo's `generic` webhook receiver: a test delivery, and what its answer means."""

from http import HTTPStatus
from typing import Any

import httpx

from clients.connection import TIMEOUT_SECONDS, ServiceError, explain, ssl_context

_SERVER = "Kargo's external webhooks server"


class DeliveryError(ServiceError):
    """The receiver did not do what it should."""


def package_event(owner: str, image: str, tag: str) -> dict[str, Any]:
    """Return the part of Gitea's `package` event that a receiver looks at, for a pushed tag (Gitea 1.26)."""
    return {
        "action": "created",
        "package": {"type": "container", "name": image, "version": tag, "owner": {"login": owner}},
    }


def deliver(url: str, owner: str, image: str, warehouse: str, ca_bundle: str | None) -> None:
    """Send a package event for `image` to the receiver and check its answer.

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
    body = package_event(owner, image, "delivery-proof")
    try:
        response = httpx.post(
            url, json=body, headers={"X-Gitea-Event": "package"}, verify=ssl_context(ca_bundle), timeout=TIMEOUT_SECONDS
        )
    except httpx.TransportError as error:
        raise DeliveryError(
            f"test delivery: {explain(error, _SERVER)}; set webhooks.deliveryProof to false if only Gitea reaches it"
        ) from None
    answer = response.json() if "json" in response.headers.get("content-type", "") else {}
    if problem := delivery_problem(response.status_code, answer, warehouse):
        raise DeliveryError(f"test delivery: {problem}")


def delivery_problem(status: int, answer: dict[str, Any], warehouse: str) -> str | None:
    """Return what is wrong with a `generic` receiver's answer, or None (Kargo 1.11's `results[]`)."""
    if status == HTTPStatus.NOT_FOUND:
        return (
            "404, Kargo knows no receiver at the computed path; look at kargo.webhooksBaseUrl and the ProjectConfig's "
            "Ready condition"
        )
    results = answer.get("results") or []
    if status == HTTPStatus.OK and not results:
        return (
            "200 without results, so something other than Kargo's `generic` receiver answers at kargo.webhooksBaseUrl"
        )
    for result in results:
        targets = {target.get("name"): target.get("success") for target in result.get("selectedTargets") or []}
        if targets.get(warehouse):
            return None
        if warehouse in targets:
            return f"Kargo selected Warehouse '{warehouse}' but could not refresh it; see its controller's log"
        if result.get("matchedWhenExpression"):
            return f"the receiver matched but found no Warehouse '{warehouse}' that subscribes to the image"
    return f"{status}, and no action matched: {', '.join(str(r.get('summary')) for r in results) or 'no reason given'}"
