"""What a Promotion to a Stage does: commit the reference, by push or pull request, and what the Stage asks beside."""

from typing import Any

from kargo.commit_task import commit_step
from kargo.steps import CHECKOUT, Step, as_text, checked_out, expression, retry, succeeded, tls
from model.commit import place_of
from model.git_ops import GitOps, Retry
from model.pipeline import Pipeline
from model.registry import Registry
from model.stack import Stack
from model.stage import HttpCheck, Stage
from model.texts.placeholders import filled

# A pull request may be open for days, in which its server is away now and then.
_POLL_ERRORS = 100


def promotion_steps(stage: Stage, pipeline: Pipeline, stack: Stack) -> list[Step]:
    """Return the steps of a Stage's Promotion.

    An unchanged reference makes the commit Skipped (Kargo 1.11), and so what carries it further: promoting the same
    Freight twice neither fails nor leaves an empty commit or an empty pull request.

    Args:
        stage: the Stage.
        pipeline: its pipeline.
        stack: where the image lives, and where its reference and its copy go.
    """
    registry, git_ops = stack.registry, stack.git_ops
    image = registry.image_repository(pipeline.image)
    commit = _commit(stage, pipeline, image, git_ops)
    steps = [commit_step(commit)] if stage.promote_by == "push" else _pull_request(stage, pipeline, commit, git_ops)
    if stage.argo_cd:
        app = {"name": stage.argo_cd.app, "namespace": stage.argo_cd.namespace}
        steps.append({"uses": "argocd-update", "as": "argocd", "config": {"apps": [app]}})
    if stage.check:
        steps.append(_check(stage.check))
    if stage.publish and stack.publish_to:
        steps.append(_publish(image, pipeline, registry, stack.publish_to, git_ops.retry))
    return steps


def _commit(stage: Stage, pipeline: Pipeline, image: str, git_ops: GitOps) -> dict[str, str]:
    """Return what is committed, and where."""
    place = place_of(stage, pipeline, git_ops)
    tag, digest = _of(image, "Tag"), _of(image, "Digest")
    reference = {"tag": f"{image}:{tag}", "digest": f"{image}@{digest}", "tagAndDigest": f"{image}:{tag}@{digest}"}
    short, freight = _of(image, "Digest[7:19]"), expression("ctx.targetFreight.name[0:7]")
    message = [
        f"{stage.environment}: {pipeline.app} {tag}",
        "",
        f"Image: {image}:{tag} ({short})",
        f"Stage: {pipeline.stage_name(stage.name)}",
        f"Freight: {freight}",
    ]
    known = {"branch": place.branch, "file": place.file, "key": place.key}
    return {**known, "reference": reference[pipeline.reference], "message": "\n".join(message), "tag": tag}


def _of(image: str, field: str) -> str:
    return expression(f'imageFrom("{image}").{field}')


def _pull_request(stage: Stage, pipeline: Pipeline, commit: dict[str, str], git_ops: GitOps) -> list[Step]:
    wanted = stage.pull_request
    repository = {"repoURL": git_ops.repo_url, "provider": git_ops.provider, **tls(git_ops)}
    number = {"prNumber": expression("outputs['open-pr'].pr.id")}
    names = {"app": pipeline.app, "environment": stage.environment, "stage": stage.name, "tag": commit["tag"]}
    opened = {
        **repository,
        "sourceBranch": expression("outputs.push.branch"),
        "targetBranch": commit["branch"],
        "title": as_text(filled(wanted.title, names)),
        **({"labels": list(wanted.labels)} if wanted.labels else {}),
    }
    timeout = {"timeout": wanted.timeout} if wanted.timeout else {}
    patient = {"retry": {"errorThreshold": _POLL_ERRORS, **timeout}}
    merged: Step = {"uses": "git-merge-pr", "as": "merge-pr", "config": {**repository, **number, "wait": True}}
    waited: Step = {"uses": "git-wait-for-pr", "as": "wait-for-pr", "config": {**repository, **number}}
    update = {"key": commit["key"], "value": commit["reference"]}
    return [
        *checked_out(CHECKOUT, commit["branch"], commit["file"], update, commit["message"], git_ops),
        {
            "uses": "git-push",
            "as": "push",
            "if": succeeded("commit"),
            "config": {"path": CHECKOUT, "generateTargetBranch": True},
            **retry(git_ops.retry),
        },
        {
            "uses": "git-open-pr",
            "as": "open-pr",
            "if": succeeded("push"),
            "config": opened,
            **retry(git_ops.retry),
        },
        {**(merged if wanted.merge else waited), "if": succeeded("open-pr"), **patient},
    ]


def _check(check: HttpCheck) -> Step:
    """Return the request that decides about the Freight; without a timeout Kargo would ask for ever."""
    expressions = {"successExpression": check.success}
    if check.failure:
        expressions["failureExpression"] = check.failure
    return {
        "uses": "http",
        "as": "check",
        "config": {"url": check.url, **expressions},
        "retry": {"errorThreshold": _POLL_ERRORS, "timeout": check.timeout},
    }


def _publish(image: str, pipeline: Pipeline, registry: Registry, to: Registry, rules: Retry) -> Step:
    """Return the copy of the very image: by digest, since a tag may mean another one by now."""
    insecure = registry.insecure_skip_tls_verify or to.insecure_skip_tls_verify
    config: dict[str, Any] = {
        "srcRef": f"{image}@{_of(image, 'Digest')}",
        "destRef": f"{to.image_repository(pipeline.image)}:{_of(image, 'Tag')}",
    }
    if insecure:
        config["insecureSkipTLSVerify"] = True
    return {"uses": "oci-push", "as": "publish", "config": config, **retry(rules)}
