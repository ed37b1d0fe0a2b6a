"""Deliveries of GitHub's webhooks: a ping that Kargo answered, and the fix for an answer that is no success."""

import json
import re
import time
from http import HTTPStatus

from clients.connection import ServiceError
from clients.github_hooks import Delivery, GitHubHooks

# GitHub waits 10 s for an answer, and records the delivery afterwards.
_PATIENCE_SECONDS = 20.0
_POLL_SECONDS = 1.0
# Kargo finds a receiver in a cache, which is updated shortly after the cluster.
_TRIES = 3
_PAUSE_SECONDS = 3.0
_LONGEST_ANSWER = 200
_NO_ANSWER = re.compile(r"connect|timed? ?out|certificate|resolve|ssl|tls", re.IGNORECASE)
_REACHABLE = (
    "make kargo.webhooksBaseUrl reachable from GitHub (its addresses: `hooks` in https://api.github.com/meta), with a "
    "certificate that GitHub trusts"
)
_ANOTHER_SERVER = "check that kargo.webhooksBaseUrl is the address of Kargo's external webhooks server"
_FIXES = {
    HTTPStatus.UNAUTHORIZED: "the secret in GitHub or in the cluster is another one; run pulumi up --refresh, and if "
    "that does not help, change webhooks.rotation",
    HTTPStatus.NOT_FOUND: "Kargo has no receiver at the webhook's URL; check kargo.webhooksBaseUrl and the "
    "ProjectConfig's condition Ready",
}


class PingError(ServiceError):
    """Kargo did not accept GitHub's ping; the text contains Kargo's answer and the fix."""


def problem(hooks: GitHubHooks, path: str, delivery: Delivery) -> tuple[str, str] | None:
    """Return Kargo's answer to a delivery in words, and the fix; None if Kargo accepted the delivery.

    Args:
        hooks: the webhooks.
        path: API path of the webhook.
        delivery: one of its deliveries.

    Raises:
        GitHubError: if GitHub refuses or does not answer.
    """
    if delivery.is_success:
        return None
    said = _said(hooks.answer(path, delivery))
    code = delivery.status_code
    text = f"{code}, {delivery.status}{f': {said}' if said else ''}" if code else delivery.status
    if not code or _NO_ANSWER.search(delivery.status):
        return text, _REACHABLE
    if code in _FIXES:
        return text, _FIXES[HTTPStatus(code)]
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return text, "check the log of Kargo's external webhooks server, and its proxy or ingress"
    if code < HTTPStatus.BAD_REQUEST:
        return text, "GitHub follows no redirect; set kargo.webhooksBaseUrl to the address to which it leads"
    return text, _ANOTHER_SERVER


def check_ping(hooks: GitHubHooks, path: str) -> bool:
    """Make GitHub ping the receiver, and check the receiver's answer.

    A ping that fails is repeated twice, because Kargo may not know the receiver yet.

    Args:
        hooks: the webhooks.
        path: API path of the webhook.

    Returns:
        Whether GitHub recorded the delivery within 20 seconds. It can take minutes.

    Raises:
        PingError: if Kargo did not accept the ping.
        GitHubError: if GitHub refuses or does not answer.
    """
    failed: Delivery | None = None
    for tried in range(_TRIES):
        time.sleep(_PAUSE_SECONDS if tried else 0)
        delivery = _ping(hooks, path)
        if delivery is None:
            break
        if delivery.is_success:
            return True
        failed = delivery
    if failed and (found := problem(hooks, path, failed)):
        raise PingError(f"ping of GitHub: {found[0]}; {found[1]}")
    return False


def _ping(hooks: GitHubHooks, path: str) -> Delivery | None:
    """Return the delivery of a new ping; None if GitHub does not record it in time."""
    seen = {delivery.number for delivery in hooks.deliveries(path)}
    hooks.ping(path)
    last = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < last:
        # GitHub also pings a webhook that was just created. That delivery shows the same.
        for delivery in hooks.deliveries(path):
            if delivery.event == "ping" and delivery.number not in seen:
                return delivery
        time.sleep(_POLL_SECONDS)
    return None


def _said(body: str) -> str:
    """Return the reason in an answer of Kargo; empty for another server's answer."""
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    text = answer.get("error") if isinstance(answer, dict) else None
    return " ".join(str(text).split())[:_LONGEST_ANSWER] if text else ""
