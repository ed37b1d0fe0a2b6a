"""Checks of the webhooks that the stack manages in GitHub: their settings, and Kargo's answer to the last delivery.

The URL of a receiver is a credential, so no finding contains it.
"""

from collections.abc import Iterator
from functools import partial

from clients.github import GitHub
from clients.github_deliveries import problem
from clients.github_hooks import GitHubHooks, Hook
from kargo.receivers import Receiver
from kargo.registration import GitHubHook, github_hooks
from model.secrets import GITHUB_TOKEN
from ops.doctor.finding import Check, Finding, failed, ok, unknown
from ops.doctor.hook_settings import other_settings
from ops.doctor.subject import Subject

_UNSETTLED = "another content type, no verification of certificates, or no secret"
_SETTLED = "content type application/json, verification of certificates, and a secret"


def checks(subject: Subject, receiver: Receiver, url: str | None) -> Iterator[Check]:
    """Yield a check of each webhook.

    Args:
        subject: the stack, which manages webhooks in GitHub.
        receiver: the receiver of type `github`.
        url: the receiver's URL in the stack's outputs; None if this machine cannot read them.
    """
    for hook in github_hooks(receiver):
        place = f"{hook.owner}/{hook.repository}" if hook.repository else hook.owner
        yield f"webhook of receiver {receiver.name} in {place}", partial(_hook, subject, hook, url)


def _hook(subject: Subject, wanted: GitHubHook, url: str | None) -> Finding:
    token = subject.secrets.get(GITHUB_TOKEN)
    if token is None:
        return unknown(f"this machine cannot decrypt {GITHUB_TOKEN}", "give Pulumi the stack's passphrase or key")
    if url is None:
        return unknown("the stack's outputs do not contain the URL that it delivers to")
    with GitHub(wanted.server, token, subject.stack.ca_bundle, [url]) as github:
        hooks = GitHubHooks(github)
        collection = hooks.collection(wanted.owner, wanted.repository)
        found = hooks.all(collection)
        own = [hook for hook in found if hook.url == url]
        if own:
            other = other_settings(subject, own[0], wanted.events, _UNSETTLED, _SETTLED)
            return other or _last_delivery(subject, hooks, own[0])
    # Without names: a webhook of another project may deliver to the same Kargo.
    base = f"{subject.stack.kargo.webhooks_base_url}/github/"
    others = [hook.path for hook in found if hook.url.startswith(base)]
    suffix = f"; {', '.join(others)} deliver to this Kargo at other URLs" if others else ""
    return failed(
        f"missing in {collection.lstrip('/')} of {wanted.server}{suffix}",
        "a webhook that delivers to the receiver's URL",
        subject.again,
    )


def _last_delivery(subject: Subject, hooks: GitHubHooks, hook: Hook) -> Finding:
    about = f"active, events: {', '.join(hook.events)} ({hook.path.lstrip('/')})"
    last = next(iter(hooks.deliveries(hook.path, count=1)), None)
    if last is None:
        return ok(f"{about}, no delivery in the last days")
    when = f"the last delivery ({last.event}, {last.at})"
    found = problem(hooks, hook.path, last)
    if found is None:
        return ok(f"{about}, Kargo accepted {when}")
    return failed(f"{when} was not accepted: {found[0]}", "an accepted delivery", found[1])
