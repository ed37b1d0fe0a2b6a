"""The steps of a Promotion: commit the reference, by push or pull request, then sync, check, publish and announce.

The team's own steps come before and after these, but before the announcement.
"""

from typing import Any

from kargo.commit_task import commit_step
from kargo.notify import notify_steps
from kargo.own_steps import own_steps
from kargo.promotion_time import is_recorded, recording_step
from kargo.pull_request_details import details
from kargo.steps import CHECKOUT, Step, as_text, checked_out, expression, retry, succeeded, tls
from model.git_ops import GitOps, Retry
from model.images_file import place_of, reference
from model.pipeline import Pipeline
from model.registry import Registry
from model.stack import Stack
from model.stage import HttpCheck, Stage
from model.types.placeholders import filled

# A pull request may be open for days, and its server may be unavailable at times.
_POLL_ERRORS = 100


def promotion_steps(stage: Stage, pipeline: Pipeline, stack: Stack) -> list[Step]:
    """Return the steps of a Stage's Promotion.

    If the reference is unchanged, the commit and the steps that depend on it are Skipped (Kargo 1.11): promoting the
    same Freight twice neither fails nor leaves an empty commit or pull request.
    """
    registry, git_ops = stack.registry, stack.git_ops
    image = registry.image_repository(pipeline.image)
    commit = _commit(stage, pipeline, image, git_ops)
    steps = [commit_step(commit)] if stage.promote_by == "push" else _pull_request(stage, pipeline, commit, stack)
    if stage.argo_cd:
        apps = [{"name": app.name, "namespace": app.namespace} for app in stage.argo_cd.apps]
        steps.append({"uses": "argocd-update", "as": "argocd", "config": {"apps": apps}})
    if stage.http_check:
        steps.append(_check(stage.http_check))
    if stage.publish and stack.publish_to:
        steps.append(_publish(image, pipeline, registry, stack.publish_to, git_ops.retry))
    steps = [*own_steps(stage.steps.before), *steps, *own_steps(stage.steps.after)]
    if is_recorded(stage, pipeline):
        steps.append(recording_step(pipeline.stage_name(stage.name)))
    return [*steps, *notify_steps(stage, pipeline, stack)]


def _commit(stage: Stage, pipeline: Pipeline, image: str, git_ops: GitOps) -> dict[str, str]:
    """Return the reference, its place, and the commit message."""
    place = place_of(stage, pipeline, git_ops)
    tag, digest = _of(image, "Tag"), _of(image, "Digest")
    short, freight = _of(image, "Digest[7:19]"), expression("ctx.targetFreight.name[0:7]")
    message = [
        filled(git_ops.message, _names(stage, pipeline, tag)),
        "",
        f"Image: {image}:{tag} ({short})",
        f"Stage: {pipeline.stage_name(stage.name)}",
        f"Freight: {freight}",
    ]
    known = {"branch": place.branch, "file": place.file, "key": place.key}
    return {**known, "reference": reference(pipeline, image, tag, digest), "message": "\n".join(message), "tag": tag}


def _names(stage: Stage, pipeline: Pipeline, tag: str) -> dict[str, str]:
    """Return the values of the placeholders in titles and messages."""
    known = {"app": pipeline.app, "environment": stage.environment, "pipeline": pipeline.name}
    return {**known, "stage": stage.name, "tag": tag}


def _of(image: str, field: str) -> str:
    return expression(f'imageFrom("{image}").{field}')


def _pull_request(stage: Stage, pipeline: Pipeline, commit: dict[str, str], stack: Stack) -> list[Step]:
    git_ops, wanted = stack.git_ops, stage.pull_request
    repository = {"repoURL": git_ops.repo_url, "provider": git_ops.provider, **tls(git_ops)}
    number = {"prNumber": expression("outputs['open-pr'].pr.id")}
    opened = {
        **repository,
        "sourceBranch": expression("outputs.push.branch"),
        "targetBranch": commit["branch"],
        "title": as_text(filled(wanted.title, _names(stage, pipeline, commit["tag"]))),
        **({"labels": list(wanted.labels)} if wanted.labels else {}),
    }
    if stage.shows_details:
        digest = _of(stack.registry.image_repository(pipeline.image), "Digest")
        opened["description"] = details(stage, pipeline, stack.registry, commit["tag"], digest)
    patient = {"errorThreshold": _POLL_ERRORS, **({"timeout": wanted.timeout} if wanted.timeout else {})}
    method = {"mergeMethod": wanted.merge_method} if wanted.merge_method else {}
    merged: Step = {
        "uses": "git-merge-pr",
        "as": "merge-pr",
        "config": {**repository, **number, "wait": True, **method},
    }
    waited: Step = {"uses": "git-wait-for-pr", "as": "wait-for-pr", "config": {**repository, **number}}
    place = (commit["branch"], commit["file"], commit["key"])
    return [
        *checked_out(CHECKOUT, *place, commit["reference"], commit["message"], git_ops),
        {
            "uses": "git-push",
            "as": "push",
            "if": succeeded("commit"),
            "config": {"path": CHECKOUT, "generateTargetBranch": True},
            "retry": retry(git_ops.retry),
        },
        {
            "uses": "git-open-pr",
            "as": "open-pr",
            "if": succeeded("push"),
            "config": opened,
            "retry": retry(git_ops.retry),
        },
        {**(merged if wanted.merge else waited), "if": succeeded("open-pr"), "retry": patient},
    ]


def _check(check: HttpCheck) -> Step:
    """Return the step that verifies the Freight. Without a timeout Kargo would repeat it without an end."""
    config = {"url": check.url, "successExpression": check.success_expression}
    if check.failure_expression:
        config["failureExpression"] = check.failure_expression
    patient = {"errorThreshold": _POLL_ERRORS, "timeout": check.retry.timeout}
    return {"uses": "http", "as": "check", "config": config, "retry": patient}


def _publish(image: str, pipeline: Pipeline, registry: Registry, to: Registry, rules: Retry) -> Step:
    """Return the step that copies the image, by digest: its tag may have moved."""
    config: dict[str, Any] = {
        "srcRef": f"{image}@{_of(image, 'Digest')}",
        "destRef": f"{to.image_repository(pipeline.image)}:{_of(image, 'Tag')}",
    }
    if registry.insecure_skip_tls_verify or to.insecure_skip_tls_verify:
        config["insecureSkipTLSVerify"] = True
    return {"uses": "oci-push", "as": "publish", "config": config, "retry": retry(rules)}
