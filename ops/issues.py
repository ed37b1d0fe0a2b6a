"""The one open issue of ours about something."""

from ops.forge import Forge

# Pull requests are issues too, and not asked for where the forge can tell them apart (Gitea).
_OPEN = "issues?state=open&type=issues&per_page=100"


def write(forge: Forge, marker: str, title: str, body: str) -> str:
    """Write the open issue that has `marker`: edit it where it is there, else open one; return its address.

    Args:
        forge: the repository's forge.
        marker: a hidden line of `body`, by which the issue is found again.
        title: its title.
        body: its text.

    Raises:
        ForgeError: if the forge refuses or cannot be reached.
    """
    own = forge.own(_OPEN, marker)
    if own is None:
        return str(forge.ask("POST", "issues", {"title": title, "body": body})["html_url"])
    if own["body"] == body:
        return str(own["html_url"])
    return str(forge.ask("PATCH", f"issues/{own['number']}", {"body": body})["html_url"])


def close(forge: Forge, marker: str) -> str | None:
    """Close the open issue that has `marker`; return its address, or None where there is none.

    Raises:
        ForgeError: if the forge refuses or cannot be reached.
    """
    own = forge.own(_OPEN, marker)
    return None if own is None else str(forge.ask("PATCH", f"issues/{own['number']}", {"state": "closed"})["html_url"])
