"""The registration of a receiver's webhook with its sender: by this program or by hand."""

from kargo.receivers import Receiver

# Names of the events in the forms of Gitea 1.26 and of GitHub.
_LONGEST_HOOK_NAME = 255
_GITEA_EVENTS = {"package": "Package", "pull_request": "Pull Request"}
_GITHUB_EVENTS = {"package": "Packages", "pull_request": "Pull requests"}


def hook_name(receiver: Receiver, project: str, base_url: str = "") -> str:
    """Return the name of a receiver's webhook in Gitea, cut at the length that Gitea stores.

    Args:
        receiver: the receiver.
        project: the Kargo project.
        base_url: Kargo's address; without it, the function returns the common prefix for all addresses.
    """
    return f"Kargo {project}/{receiver.name} at {base_url}"[:_LONGEST_HOOK_NAME]


def registration(receiver: Receiver, managed: bool) -> str:
    """Return a description of the registration for the stack output.

    Args:
        receiver: the receiver.
        managed: whether this program registers webhooks in Gitea. It never registers them in GitHub.
    """
    events = _GITEA_EVENTS if receiver.fed_by_gitea else _GITHUB_EVENTS
    if managed and receiver.fed_by_gitea:
        return "managed: " + "; ".join(f"{events[s.event]} events of {s.owner} at {s.server}" for s in receiver.senders)
    return "by hand: " + "; ".join(f"event {events[sender.event]} at {sender.page}" for sender in receiver.senders)
