"""A Stage's spec: where its Freight comes from and the steps that promote it."""

from dataclasses import dataclass
from typing import Any, Literal

_CHECKOUT = "./gitops"


@dataclass(frozen=True)
class GitOpsRepository:
    """The repository that Argo CD syncs.

    Args:
        provider: `gitea` or `github`, for pull requests.
        repo_url: HTTPS URL to clone.
        branch: branch that Argo CD follows.
        images_file: path of the JSON file with `{environment: {app: "repository:tag"}}`.
        app: key of the application in each environment.
        insecure_skip_tls_verify: whether Kargo may skip certificate checks (development only).
    """

    provider: Literal["gitea", "github"]
    repo_url: str
    branch: str
    images_file: str
    app: str
    insecure_skip_tls_verify: bool = False


@dataclass(frozen=True)
class Stage:
    """One promotion Stage.

    Args:
        name: the Stage's name.
        environment: key in the images file.
        auto_promotion: whether Kargo promotes new Freight by itself.
        upstream: Stages whose verified Freight it takes; empty means straight from the Warehouse.
        promote_by: commit to the branch, or open a pull request and wait for its merge.
    """

    name: str
    environment: str
    auto_promotion: bool = False
    upstream: tuple[str, ...] = ()
    promote_by: Literal["push", "pullRequest"] = "push"


def stage_spec(stage: Stage, warehouse: str, image_repository: str, repository: GitOpsRepository) -> dict[str, Any]:
    """Return the spec of a Kargo Stage.

    Args:
        stage: what to promote where.
        warehouse: name of the Warehouse whose Freight it takes.
        image_repository: the image that the Warehouse subscribes to.
        repository: where the reference is committed.
    """
    sources = {"stages": list(stage.upstream)} if stage.upstream else {"direct": True}
    return {
        "requestedFreight": [{"origin": {"kind": "Warehouse", "name": warehouse}, "sources": sources}],
        "promotionTemplate": {"spec": {"steps": promotion_steps(stage, image_repository, repository)}},
    }


def promotion_steps(stage: Stage, image_repository: str, repository: GitOpsRepository) -> list[dict[str, Any]]:
    """Return the steps: clone, set the reference, commit, then push or open a pull request.

    An unchanged reference makes `git-commit` Skipped (Kargo 1.11), and so the steps behind it: promoting the same
    Freight twice neither fails nor leaves an empty commit or an empty pull request.
    """
    image = f'imageFrom("{image_repository}")'
    tls = {"insecureSkipTLSVerify": True} if repository.insecure_skip_tls_verify else {}
    steps: list[dict[str, Any]] = [
        {
            "uses": "git-clone",
            "config": {
                "repoURL": repository.repo_url,
                "checkout": [{"branch": repository.branch, "path": _CHECKOUT}],
                **tls,
            },
        },
        {
            "uses": "json-update",
            "config": {
                "path": f"{_CHECKOUT}/{repository.images_file}",
                "updates": [
                    {
                        "key": f"{stage.environment}.{repository.app}",
                        "value": f"{image_repository}:${{{{ {image}.Tag }}}}",
                    }
                ],
            },
        },
        {
            "uses": "git-commit",
            "as": "commit",
            "config": {
                "path": _CHECKOUT,
                "message": f"{stage.environment}: {repository.app} ${{{{ {image}.Tag }}}}",
            },
        },
    ]
    if stage.promote_by == "push":
        return [*steps, {"uses": "git-push", "if": _succeeded("commit"), "config": {"path": _CHECKOUT}}]
    pull_request = {"repoURL": repository.repo_url, "provider": repository.provider, **tls}
    return [
        *steps,
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
            "config": {
                **pull_request,
                "sourceBranch": "${{ outputs.push.branch }}",
                "targetBranch": repository.branch,
            },
        },
        {
            "uses": "git-wait-for-pr",
            "if": _succeeded("open-pr"),
            "config": {**pull_request, "prNumber": "${{ outputs['open-pr'].pr.id }}"},
        },
    ]


def _succeeded(step: str) -> str:
    return f"${{{{ status('{step}') == 'Succeeded' }}}}"
