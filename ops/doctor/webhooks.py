"""How a push reaches Kargo: the receiver's Secret, its URL, the hook that delivers there, and the server behind it.

A receiver's URL is its credential, so no finding has one.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

from clients.cluster import AbsentError, object_path
from clients.connection import TIMEOUT_SECONDS, explain, ssl_context
from clients.gitea import Gitea
from clients.gitea_hooks import GiteaHooks, Hook
from kargo.receivers import Receiver, receivers
from kargo.registration import hook_name
from ops.doctor.finding import Finding, Link, broken, ok, unseen
from ops.doctor.objects import unlike
from ops.doctor.secrets import clear
from ops.doctor.subject import Subject


def links(subject: Subject) -> Iterator[Link]:
    """Yield, for each receiver, its Secret, its URL, the server, and the hook."""
    for receiver in receivers(subject.stack):
        yield f"Secret of receiver {receiver.name}", partial(_secret, subject, receiver)
        yield f"URL of receiver {receiver.name}", partial(_url, subject, receiver)
        yield f"server of receiver {receiver.name}", partial(_server, subject, receiver)
        yield f"hook of receiver {receiver.name}", partial(_hook, subject, receiver)


def _live(subject: Subject, receiver: Receiver) -> dict[str, Any]:
    name = receiver.secret_name(subject.project)
    return subject.cluster.get(f"Secret '{name}'", object_path("v1", "secrets", subject.project, name))


def _value(subject: Subject, receiver: Receiver) -> str:
    return clear(_live(subject, receiver)).get("secret", "")


def _secret(subject: Subject, receiver: Receiver) -> Finding:
    name = receiver.secret_name(subject.project)
    try:
        live = _live(subject, receiver)
    except AbsentError:
        return broken("not there", f"Secret {name}", subject.again)
    if not clear(live).get("secret"):
        return broken("without the key secret", "the key secret", subject.again)
    return unlike(subject, live, "Secret", name) or ok(name)


def _reported(subject: Subject, receiver: Receiver) -> str | None:
    """Return the path that Kargo has given a receiver."""
    live = subject.kargo("ProjectConfig", subject.project)
    listed: list[dict[str, Any]] = (live.get("status") or {}).get("webhookReceivers") or []
    return next((str(found.get("path")) for found in listed if found.get("name") == receiver.name), None)


def _told(subject: Subject, receiver: Receiver) -> str | None:
    """Return the URL that the stack has told the sender; None where its outputs are not to be had."""
    told: str | None = (subject.outputs.get("webhookUrls") or {}).get(receiver.name)
    return told


def _url(subject: Subject, receiver: Receiver) -> Finding:
    """Compare what the Secret gives, what Kargo reports, and what the stack has told the sender."""
    reported = _reported(subject, receiver)
    if reported is None:
        return broken("Kargo reports no such receiver", "a URL", subject.again)
    base = urlsplit(subject.stack.kargo.webhooks_base_url).path
    if base + receiver.path(subject.project, _value(subject, receiver)) != reported:
        return broken(
            "Kargo's is not the one that the Secret gives; the Secret was changed",
            "the same in Secret and ProjectConfig",
            f"{subject.again}; it writes the stack's secret again",
        )
    told = _told(subject, receiver)
    if told is None:
        return unseen("the stack's outputs do not tell its URL")
    if urlsplit(told).path != reported:
        return broken(
            "the stack's output is another than Kargo's", "the same in stack and ProjectConfig", subject.again
        )
    return ok("the same in Secret, ProjectConfig and stack")


def _server(subject: Subject, receiver: Receiver) -> Finding:
    stack = subject.stack
    server = urlsplit(stack.kargo.webhooks_base_url)
    reported = _reported(subject, receiver)
    where = f"{server.scheme}://{server.netloc}"
    what = f"Kargo's webhook server at {where}"
    try:
        with httpx.Client(verify=ssl_context(stack.ca_bundle), timeout=TIMEOUT_SECONDS) as client:
            # It triggers nothing: a receiver's expression asks for a header, or its type for a signature.
            answer = client.head(f"{where}{reported or '/'}")
    except httpx.TransportError as error:
        text = explain(error, what)
        if not stack.webhooks.delivery_proof:
            return unseen(f"{text}; webhooks.deliveryProof says that only the sender reaches it")
        return broken(text, "an answer", "see that Kargo's external webhooks server runs, and kargo.webhooksBaseUrl")
    if answer.status_code == httpx.codes.NOT_FOUND:
        return broken(
            "404, it knows no such path",
            "an answer at the receiver's path",
            "see that kargo.webhooksBaseUrl is the address of this Kargo, and that its webhooks server runs since the "
            "ProjectConfig is Ready",
        )
    if answer.is_server_error and answer.status_code != httpx.codes.NOT_IMPLEMENTED:
        return broken(f"{answer.status_code}", "an answer of Kargo's", "see what stands before Kargo's webhooks server")
    by = answer.headers.get("server")
    return ok(f"answers at {where}{f', as {by}' if by else ''}")


def _hook(subject: Subject, receiver: Receiver) -> Finding:
    stack = subject.stack
    if not receiver.fed_by_gitea or not stack.webhooks.registration:
        pages = ", ".join(sender.page for sender in receiver.senders)
        return ok(f"registered by hand and not looked at: {pages}")
    (sender,) = receiver.senders
    account = next(account for account in stack.hook_accounts if account.server == sender.server)
    password = subject.secrets.get(account.secret)
    if password is None:
        return unseen(
            f"{account.secret} is not for this machine to decrypt", "give Pulumi the stack's passphrase or key"
        )
    with Gitea(sender.server, account.username, password, stack.ca_bundle) as gitea:
        hooks = GiteaHooks(gitea)
        collection = hooks.collection(stack.webhooks.scope, sender.owner)
        found = hooks.all(collection)
    told = _told(subject, receiver)
    if told is None:
        return unseen("the stack's outputs do not tell where it should deliver")
    own = [hook for hook in found if hook.url == told]
    where = f"{collection.lstrip('/')} of {sender.server}"
    if not own:
        stale = any((hook.name or "").startswith(hook_name(receiver, subject.project)) for hook in found)
        return broken(
            "delivers to another URL" if stale else f"not there ({where})",
            "a hook that delivers to the receiver's URL",
            subject.again,
        )
    return _state(subject, own[0], [sender.event], where)


def _state(subject: Subject, hook: Hook, events: list[str], where: str) -> Finding:
    if not hook.active:
        return broken("inactive", "an active hook", subject.again)
    if hook.events != events:
        return broken(f"events {', '.join(hook.events) or 'none'}", f"event {', '.join(events)}", subject.again)
    if not hook.settled:
        return broken(
            "another type, content type, branch filter or authorization header",
            "Gitea's own type with application/json",
            subject.again,
        )
    return ok(f"active, event {', '.join(events)} ({where})")
