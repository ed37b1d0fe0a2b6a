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
    return forge.keep(f"{path}?per_page=100", marker, {"body": body}, path, lambda own: f"issues/comments/{own['id']}")
