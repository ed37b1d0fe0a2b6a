"""Merges of pull requests by Kargo on Gitea.

Kargo 1.11 waits while Gitea calculates whether the pull request has conflicts. Then it merges, and every refusal ends
the Promotion as Failed (`git-merge-pr`, provider `gitea`). Gitea 1.26 refuses if a required approval or status check is
missing (`CheckPullBranchProtections`), and a new pull request has none of them.
"""

from typing import Any

# Fields of Gitea's repository that allow a method (1.26).
_ALLOWS = {
    "merge": "allow_merge_commits",
    "rebase": "allow_rebase",
    "rebase-merge": "allow_rebase_explicit",
    "squash": "allow_squash_merge",
    "fast-forward-only": "allow_fast_forward_only_merge",
}


def refused_merge(about: dict[str, Any], branch: dict[str, Any], method: str) -> str:
    """Return why Gitea will refuse Kargo's merges into a branch, with the fix; empty if it allows them.

    Args:
        about: the API's object of the repository.
        branch: the API's object of the branch.
        method: the merge method.
    """
    if about.get(_ALLOWS[method]) is False:
        return (
            f"accepts no merges with the method {method}, which the repository does not allow; allow it in the "
            "repository's settings, or set another pullRequest.mergeMethod"
        )
    if branch.get("user_can_merge") is False:
        return (
            "is protected, and Kargo's user may not merge into it; allow the user to merge in the branch protection, "
            "or remove pullRequest.merge"
        )
    required = [
        *(["approvals"] if branch.get("required_approvals") else []),
        *(["status checks"] if branch.get("enable_status_check") else []),
    ]
    if not required:
        return ""
    return (
        f"requires {' and '.join(required)}, for which Kargo does not wait on Gitea; remove pullRequest.merge, or "
        "change the branch protection"
    )
