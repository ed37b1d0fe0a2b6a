"""The steps of a Promotion: clone, set the reference, commit, then push or open a pull request."""

from typing import Any

from model.git_ops import GitOps
from model.pipeline import Stage

_CHECKOUT = "./gitops"


def promotion_steps(stage: Stage, app: str, image_repository: str, git_ops: GitOps) -> list[dict[str, Any]]:
    """Return the steps that write an image's reference into the images file.

    An unchanged reference makes `git-commit` Skipped (Kargo 1.11), and so the steps behind it: promoting the same
    Freight twice neither fails nor leaves an empty commit or an empty pull request.

    Args:
        stage: the Stage; `promote_by` decides how the commit gets to the branch.
        app: key of the application in each environment.
        image_repository: the image that the Warehouse subscribes to.
        git_ops: the repository.
    """
    return [
        *_commit(f"{stage.environment}.{app}", f"{stage.environment}: {app}", image_repository, git_ops),
        *(_push() if stage.promote_by == "push" else _pull_request(git_ops)),
    ]


def _commit(key: str, title: str, image_repository: str, git_ops: GitOps) -> list[dict[str, Any]]:
    tag = f'${{{{ imageFrom("{image_repository}").Tag }}}}'
    return [
        {
            "uses": "git-clone",
            "config": {
                "repoURL": git_ops.repo_url,
                "checkout": [{"branch": git_ops.branch, "path": _CHECKOUT}],
                **_tls(git_ops),
            },
        },
        {
            "uses": "json-update",
            "config": {
                "path": f"{_CHECKOUT}/{git_ops.images_file}",
                "updates": [{"key": key, "value": f"{image_repository}:{tag}"}],
            },
        },
        {"uses": "git-commit", "as": "commit", "config": {"path": _CHECKOUT, "message": f"{title} {tag}"}},
    ]


def _push() -> list[dict[str, Any]]:
    return [{"uses": "git-push", "if": _succeeded("commit"), "config": {"path": _CHECKOUT}}]


def _pull_request(git_ops: GitOps) -> list[dict[str, Any]]:
    repository = {"repoURL": git_ops.repo_url, "provider": git_ops.provider, **_tls(git_ops)}
    return [
        {
            "uses": "git-push",
            "as": "push",
            "if": _succeeded("commit"),
            "config": {"path": _CHECKOUT, "generateTargetBranch": True},
        },
        {
            "uses": "git-open-pr",
            "as": "open-pr",
            "if": _succeeded("push"),
            "config": {**repository, "sourceBranch": "${{ outputs.push.branch }}", "targetBranch": git_ops.branch},
        },
        {
            "uses": "git-wait-for-pr",
            "if": _succeeded("open-pr"),
            "config": {**repository, "prNumber": "${{ outputs['open-pr'].pr.id }}"},
        },
    ]


def _tls(git_ops: GitOps) -> dict[str, Any]:
    return {"insecureSkipTLSVerify": True} if git_ops.insecure_skip_tls_verify else {}


def _succeeded(step: str) -> str:
    return f"${{{{ status('{step}') == 'Succeeded' }}}}"
