"""The registration of a receiver's webhook with its senders: by this program or by hand."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from kargo.receivers import Event, Receiver, Sender, receivers
from model.stack import Stack

# Names of the events in the forms of Gitea 1.26 and of GitHub.
_LONGEST_HOOK_NAME = 255
_GITEA_EVENTS = {"package": "Package", "pull_request": "Pull Request"}
_GITHUB_EVENTS = {"package": "Packages", "pull_request": "Pull requests"}


@dataclass(frozen=True)
class GitHubHook:
    """One webhook in GitHub.

    Args:
        server: web address of the GitHub.
        owner: user or organization.
        repository: name of the repository, without its owner; empty for the organization's own webhook.
        events: events that it sends to the receiver, sorted.
    """

    server: str
    owner: str
    repository: str
    events: tuple[Event, ...]


def hook_name(receiver: Receiver, project: str, base_url: str = "") -> str:
    """Return the name of a receiver's webhook in Gitea, cut at the length that Gitea stores.

    Args:
        receiver: the receiver.
        project: the Kargo project.
        base_url: Kargo's address; without it, the function returns the common prefix for all addresses.
    """
    return f"Kargo {project}/{receiver.name} at {base_url}"[:_LONGEST_HOOK_NAME]


def github_hooks(receiver: Receiver) -> tuple[GitHubHook, ...]:
    """Return the webhooks that this program can register in GitHub for a receiver.

    A repository that sends both events has one webhook: GitHub refuses two with the same URL and a common event.
    """
    places: dict[tuple[str, str], list[Sender]] = {}
    for sender in receiver.senders:
        if sender.account and not receiver.fed_by_gitea:
            places.setdefault((sender.owner.lower(), sender.repository.lower()), []).append(sender)
    return tuple(
        GitHubHook(same[0].server, same[0].owner, same[0].repository, tuple(sorted(sender.event for sender in same)))
        for same in places.values()
    )


def is_managed(sender: Sender, stack: Stack, keys: Container[str]) -> bool:
    """Return whether this program registers a sender's webhook.

    Args:
        sender: the sender.
        stack: the stack.
        keys: the encrypted keys that are set.
    """
    return stack.webhooks.registration and sender.account is not None and sender.account.config_key in keys


def registrations(stack: Stack, keys: Container[str]) -> Mapping[str, str]:
    """Return a description of the registration by receiver, for the stack output.

    Args:
        stack: the stack.
        keys: the encrypted keys that are set.
    """
    return {receiver.name: _registration(receiver, stack, keys) for receiver in receivers(stack)}


def by_hand(stack: Stack, keys: Container[str], names: Container[str]) -> Iterator[str]:
    """Yield a line for each webhook that a user must change because the URL of its receiver has changed.

    Args:
        stack: the stack.
        keys: the encrypted keys that are set.
        names: names of the receivers whose URL has changed.
    """
    for receiver in receivers(stack):
        if receiver.name not in names:
            continue
        what = "URL and secret" if receiver.signed else "URL"
        for sender in receiver.senders:
            if not is_managed(sender, stack, keys):
                yield (
                    f"receiver {receiver.name} has another {what} now, and its webhook is registered by hand; set the "
                    f"new {what} in the webhook with event {_event(receiver, sender)} at {sender.page}: pulumi stack "
                    "output --show-secrets"
                )


def _registration(receiver: Receiver, stack: Stack, keys: Container[str]) -> str:
    found: dict[str, list[str]] = {}
    for sender in receiver.senders:
        event = _event(receiver, sender)
        if is_managed(sender, stack, keys):
            found.setdefault("managed", []).append(f"{event} events of {_place(sender)} at {sender.server}")
        else:
            found.setdefault("by hand", []).append(f"event {event} at {sender.page}")
    return "; ".join(f"{who}: {'; '.join(parts)}" for who, parts in found.items())


def _event(receiver: Receiver, sender: Sender) -> str:
    return (_GITEA_EVENTS if receiver.fed_by_gitea else _GITHUB_EVENTS)[sender.event]


def _place(sender: Sender) -> str:
    return f"{sender.owner}/{sender.repository}" if sender.repository else sender.owner
