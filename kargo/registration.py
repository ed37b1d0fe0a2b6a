"""Who registers each receiver's webhook with its sender: this program, or people, and then where."""

from kargo.receivers import Receiver, Sender

# As the forms of Gitea 1.26 and of GitHub call them.
_LONGEST_HOOK_NAME = 255
_GITEA_EVENTS = {"package": "Package", "pull_request": "Pull Request"}
_GITHUB_EVENTS = {"package": "Packages", "pull_request": "Pull requests"}


def hook_name(receiver: Receiver, project: str, base_url: str = "") -> str:
    """Return the name of a receiver's hook, by which it is known in its Gitea; as long as Gitea keeps it.

    Args:
        receiver: the receiver.
        project: the Kargo project.
        base_url: Kargo's address; without it, the beginning that the hook has at any address.
    """
    return f"Kargo {project}/{receiver.name} at {base_url}"[:_LONGEST_HOOK_NAME]


def registration(receiver: Receiver, managed: bool) -> str:
    """Return, for people, who registers a receiver's webhook.

    Args:
        receiver: the receiver.
        managed: whether this program registers webhooks in Gitea; it never does in GitHub.
    """
    if managed and receiver.fed_by_gitea:
        return "managed: " + "; ".join(
            f"{_event(receiver, s)} events of {s.owner} at {s.server}" for s in receiver.senders
        )
    places = "; ".join(f"event {_event(receiver, sender)} at {sender.page}" for sender in receiver.senders)
    return f"by hand: {places}"


def _event(receiver: Receiver, sender: Sender) -> str:
    return (_GITEA_EVENTS if receiver.fed_by_gitea else _GITHUB_EVENTS)[sender.event]
