"""Cleanup of the webhooks that a test leaves in the sandbox's Gitea."""

import httpx


def forget_hooks(api: httpx.Client, beginning: str) -> None:
    """Delete the signed-in user's webhooks by the beginning of their names.

    Args:
        api: Gitea's API.
        beginning: beginning of the names, such as `Kargo backstage/`.
    """
    for hook in api.get("/user/hooks", params={"limit": 50}).raise_for_status().json():
        if hook["name"].startswith(beginning):
            api.delete(f"/user/hooks/{hook['id']}").raise_for_status()
