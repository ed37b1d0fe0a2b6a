"""The one open issue of ours about something."""

from typing import Any

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
    content = {"title": title, "body": body}
    return forge.keep(_OPEN, marker, content, "issues", _path)


def close(forge: Forge, marker: str) -> str | None:
    """Close the open issue that has `marker`; return its address, or None where there is none.

    Raises:
        ForgeError: if the forge refuses or cannot be reached.
    """
    own = forge.own(_OPEN, marker)
    return None if own is None else str(forge.ask("PATCH", _path(own), {"state": "closed"})["html_url"])


def _path(issue: dict[str, Any]) -> str:
    return f"issues/{issue['number']}"
