"""The one comment of ours on a pull request."""

from ops.forge import Forge


def write(forge: Forge, number: int, marker: str, body: str) -> str:
    """Write the comment that has `marker`: edit it where it is there, else add it; return its address.

    Args:
        forge: the repository's forge.
        number: the pull request's number.
        marker: a hidden line of `body`, by which the comment is found again.
        body: its text.

    Raises:
        ForgeError: if the forge refuses or cannot be reached.
    """
    path = f"issues/{number}/comments"
    own = forge.own(f"{path}?per_page=100", marker)
    if own is None:
        return str(forge.ask("POST", path, {"body": body})["html_url"])
    if own["body"] == body:
        return str(own["html_url"])
    return str(forge.ask("PATCH", f"issues/comments/{own['id']}", {"body": body})["html_url"])
