"""Hooks in the sandbox's Gitea that a test leaves behind."""

import httpx


def forget_hooks(api: httpx.Client, beginning: str) -> None:
    """Delete the signed-in user's hooks whose names begin so; Gitea delivers nothing to their stacks any more.

    Args:
        api: Gitea's API.
        beginning: of the names, such as `Kargo backstage/`.
    """
    for hook in api.get("/user/hooks", params={"limit": 50}).raise_for_status().json():
        if hook["name"].startswith(beginning):
            api.delete(f"/user/hooks/{hook['id']}").raise_for_status()
