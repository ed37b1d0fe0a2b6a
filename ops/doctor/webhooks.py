"""Checks of the webhooks: each receiver's Secret, its URL, Kargo's webhooks server, and the webhook at its sender.

The URL of a receiver is its credential, so no finding contains it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

from clients.cluster import object_path, secret_data
from clients.connection import TIMEOUT_SECONDS, explain, ssl_context
from clients.gitea import Gitea
from clients.gitea_hooks import GiteaHooks, Hook
from kargo.receivers import Receiver, Sender, receivers
from kargo.registration import hook_name, is_managed
from ops.doctor import github_webhooks
from ops.doctor.finding import Check, Finding, failed, ok, unknown
from ops.doctor.hook_settings import other_settings
from ops.doctor.objects import check_object
from ops.doctor.subject import Subject

_UNSETTLED = "another type, content type, branch filter or authorization header"
_SETTLED = "type gitea with content type application/json, without filter and header"


def checks(subject: Subject) -> Iterator[Check]:
    """Yield the checks of each receiver's Secret, URL, server and webhook."""
    for receiver in receivers(subject.stack):
        name = receiver.secret_name(subject.project)
        secret = partial(check_object, subject, "Secret", name, partial(_secret, subject))
        yield f"Secret of receiver {receiver.name}", secret
        yield f"URL of receiver {receiver.name}", partial(_url, subject, receiver)
        yield f"server of receiver {receiver.name}", partial(_server, subject, receiver)
        if receiver.fed_by_gitea:
            yield f"webhook of receiver {receiver.name}", partial(_hook, subject, receiver)
        else:
            yield from _in_github(subject, receiver)


def _secret(subject: Subject, live: Mapping[str, Any]) -> Finding:
    if not secret_data(live).get("secret"):
        return failed("the key `secret` is missing", "the key `secret`", subject.again)
    return ok(f"Secret {live['metadata']['name']}")


def _reported(subject: Subject, receiver: Receiver) -> str | None:
    """Return a receiver's path in the status of the ProjectConfig."""
    live = subject.kargo("ProjectConfig", subject.project)
    listed: list[dict[str, Any]] = (live.get("status") or {}).get("webhookReceivers") or []
    return next((str(found.get("path")) for found in listed if found.get("name") == receiver.name), None)


def _output(subject: Subject, receiver: Receiver) -> str | None:
    """Return the receiver's URL in the stack's outputs; None if this machine cannot read them."""
    url: str | None = (subject.outputs.get("webhookUrls") or {}).get(receiver.name)
    return url


def _url(subject: Subject, receiver: Receiver) -> Finding:
    """Compare the URL that follows from the Secret, the URL that Kargo reports, and the URL in the stack's outputs."""
    reported = _reported(subject, receiver)
    if reported is None:
        return failed("the ProjectConfig's status does not list the receiver", "a URL", subject.again)
    name = receiver.secret_name(subject.project)
    live = subject.cluster.get(f"Secret '{name}'", object_path("v1", "secrets", subject.project, name))
    base = urlsplit(subject.stack.kargo.webhooks_base_url).path
    if base + receiver.path(subject.project, secret_data(live).get("secret", "")) != reported:
        return failed(
            "Kargo reports another URL than the Secret gives; the Secret was changed",
            "the same URL from the Secret and in the ProjectConfig",
            f"{subject.again}; it writes the stack's secret again",
        )
    url = _output(subject, receiver)
    if url is None:
        return unknown("the stack's outputs do not contain its URL")
    if urlsplit(url).path != reported:
        return failed(
            "the stack's output contains another URL than Kargo reports",
            "the same URL in the stack and the ProjectConfig",
            subject.again,
        )
    return ok("the same in Secret, ProjectConfig and stack")


def _server(subject: Subject, receiver: Receiver) -> Finding:
    stack = subject.stack
    server = urlsplit(stack.kargo.webhooks_base_url)
    reported = _reported(subject, receiver)
    where = f"{server.scheme}://{server.netloc}"
    what = f"Kargo's external webhooks server at {where}"
    try:
        with httpx.Client(verify=ssl_context(stack.ca_bundle), timeout=TIMEOUT_SECONDS) as client:
            # It triggers nothing: a receiver's expression requires a header, or its type requires a signature.
            answer = client.head(f"{where}{reported or '/'}")
    except httpx.TransportError as error:
        text = explain(error, what)
        if not stack.webhooks.test_delivery:
            return ok(f"not checked: {text}, and webhooks.testDelivery is false")
        return failed(
            text, "an answer", "check that Kargo's external webhooks server runs, and check kargo.webhooksBaseUrl"
        )
    if answer.status_code == httpx.codes.NOT_FOUND:
        return failed(
            "404, the server does not have the receiver's path",
            "an answer at the receiver's path",
            "check that kargo.webhooksBaseUrl is the address of this Kargo, and restart its external webhooks server "
            "if it is older than the ProjectConfig's condition Ready",
        )
    if answer.is_server_error and answer.status_code != httpx.codes.NOT_IMPLEMENTED:
        return failed(
            f"{answer.status_code} ({answer.reason_phrase})",
            "an answer of Kargo",
            "check the proxy or ingress of Kargo's external webhooks server",
        )
    by = answer.headers.get("server")
    return ok(f"{where} answers{f'; server: {by}' if by else ''}")


def _in_github(subject: Subject, receiver: Receiver) -> Iterator[Check]:
    by_hand = [sender for sender in receiver.senders if not is_managed(sender, subject.stack, subject.encrypted)]
    if by_hand:
        yield f"webhook of receiver {receiver.name}", partial(_by_hand, by_hand)
    if len(by_hand) < len(receiver.senders):
        yield from github_webhooks.checks(subject, receiver, _output(subject, receiver))


def _by_hand(senders: Sequence[Sender]) -> Finding:
    return ok(f"not checked, because it is registered by hand: {', '.join(sender.page for sender in senders)}")


def _hook(subject: Subject, receiver: Receiver) -> Finding:
    stack = subject.stack
    sender = receiver.senders[0]
    account = sender.account
    if account is None or not stack.webhooks.registration:
        return _by_hand(receiver.senders)
    password = subject.secrets.get(account.config_key)
    if password is None:
        return unknown(f"this machine cannot decrypt {account.config_key}", "give Pulumi the stack's passphrase or key")
    with Gitea(sender.server, account.username, password, stack.ca_bundle) as gitea:
        hooks = GiteaHooks(gitea)
        collection = hooks.collection(stack.webhooks.scope, sender.owner)
        found = hooks.all(collection)
    url = _output(subject, receiver)
    if url is None:
        return unknown("the stack's outputs do not contain the URL that it delivers to")
    own = [hook for hook in found if hook.url == url]
    where = f"{collection.lstrip('/')} of {sender.server}"
    if not own:
        stale = any(_is_stale(subject, receiver, hook) for hook in found)
        return failed(
            "delivers to another URL" if stale else f"missing in {where}",
            "a webhook that delivers to the receiver's URL",
            subject.again,
        )
    return _state(subject, own[0], sender.event, where)


def _is_stale(subject: Subject, receiver: Receiver, hook: Hook) -> bool:
    """Return whether a webhook was registered for the receiver. A Gitea before 1.26 stores no names of webhooks."""
    if hook.name:
        return hook.name.startswith(hook_name(receiver, subject.project))
    return hook.url.startswith(f"{subject.stack.kargo.webhooks_base_url}/{receiver.kind}/")


def _state(subject: Subject, hook: Hook, event: str, where: str) -> Finding:
    other = other_settings(subject, hook, [event], _UNSETTLED, _SETTLED)
    return other or ok(f"active, events: {event} ({where})")
