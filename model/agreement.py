"""Checks across the parts of a stack: what each part may say, but not together.

No line repeats a name of the file: it tells the place where the other one stands.
"""

from collections.abc import Iterator, Sequence

from model.commit import Place, place_of
from model.git_ops import GitOps
from model.kargo import Kargo
from model.pipeline import Pipeline
from model.problem import Problem
from model.registry import GiteaRegistry, Registry
from model.texts.images import LONGEST_REPOSITORY
from model.texts.urls import OWNER_AND_REPOSITORY, path_parts

_LONGEST_NAME = 63


def production_problems(kargo: Kargo, registry: Registry, git_ops: GitOps) -> Iterator[Problem]:
    """Find what is for development only."""
    for key, value in {"registry": registry, "gitOps": git_ops}.items():
        if value.insecure_skip_tls_verify:
            yield Problem(
                f"{key}.insecureSkipTlsVerify",
                "TLS verification is off in production; remove it and give Kargo the CA (chart value "
                "controller.cabundle)",
            )
    for key, url in {
        "kargo.webhooksBaseUrl": kargo.webhooks_base_url,
        "gitOps.repoUrl": git_ops.repo_url,
    }.items():
        if url.startswith("http://"):
            yield Problem(key, "plain HTTP in production; write https://")


def pull_request_problems(git_ops: GitOps) -> Iterator[Problem]:
    """Find a repository where Kargo could open no pull request."""
    if len(path_parts(git_ops.repo_url)) != OWNER_AND_REPOSITORY:
        yield Problem(
            "gitOps.repoUrl",
            "has more than owner and repository in its path, where Kargo opens no pull request; "
            "write https://host/owner/repository.git, or promoteBy: push",
        )


def image_problems(registry: Registry, pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    """Find images that the registry or Kargo cannot have at this owner."""
    for i, pipeline in enumerate(pipelines):
        path = f"pipelines[{i}].image"
        if isinstance(registry, GiteaRegistry) and "__" in pipeline.image:
            yield Problem(path, "has __, which Gitea takes in no image name; write single . _ - between")
        repository = registry.image_repository(pipeline.image).partition("/")[2]
        if len(repository) > LONGEST_REPOSITORY:
            yield Problem(path, f"longer than {LONGEST_REPOSITORY} characters with its owner; write a shorter name")


def name_problems(pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    """Find names that meet in Kargo: one Warehouse per pipeline, and Stages `<pipeline>-<stage>` in one namespace."""
    names = [pipeline.name for pipeline in pipelines]
    stages: dict[str, str] = {}
    for i, pipeline in enumerate(pipelines):
        if pipeline.formerly in names:
            yield Problem(
                f"pipelines[{i}].formerly", "the name of a pipeline that is still there; write the former one"
            )
        if (first := names.index(pipeline.name)) < i:
            yield Problem(f"pipelines[{i}].name", f"the name of pipelines[{first}] too; give each pipeline its own")
            continue
        for j, stage in enumerate(pipeline.stages):
            path, name = f"pipelines[{i}].stages[{j}].name", pipeline.stage_name(stage.name)
            if len(name) > _LONGEST_NAME:
                yield Problem(
                    path, f"the Kargo Stage <pipeline>-<stage> is longer than {_LONGEST_NAME}; shorten one of them"
                )
            elif name in stages:
                yield Problem(
                    path, f"the Kargo Stage <pipeline>-<stage> is that of {stages[name]} too; rename one of them"
                )
            stages.setdefault(name, path.removesuffix(".name"))


def key_problems(pipelines: Sequence[Pipeline], git_ops: GitOps) -> Iterator[Problem]:
    """Find two Stages that would write the same key of the same images file."""
    writers: dict[Place, str] = {}
    for i, pipeline in enumerate(pipelines):
        for j, stage in enumerate(pipeline.stages):
            path, place = f"pipelines[{i}].stages[{j}]", place_of(stage, pipeline, git_ops)
            if place in writers:
                yield Problem(
                    f"{path}.environment",
                    f"the key <environment>.<app> is set by {writers[place]} too; name another environment, or another "
                    "app",
                )
            writers.setdefault(place, path)


def publish_problems(
    registry: Registry, publish_to: Registry | None, pipelines: Sequence[Pipeline]
) -> Iterator[Problem]:
    """Find Stages that publish to nowhere, and a second registry that nobody publishes to, or that is the first."""
    publishing = [
        f"pipelines[{i}].stages[{j}].publish"
        for i, pipeline in enumerate(pipelines)
        for j, stage in enumerate(pipeline.stages)
        if stage.publish
    ]
    if publish_to is None:
        for path in publishing:
            yield Problem(path, "there is no publishTo, where the image would go; add that, or leave it out")
        return
    if not publishing:
        yield Problem("publishTo", "no Stage publishes; add publish: true to one, or leave it out")
    if publish_to.login is None:
        yield Problem("publishTo.login", "missing, and images are written there; add it")
    if publish_to.prefix() == registry.prefix():
        yield Problem("publishTo", "the registry itself, where the image is already; write another, or another owner")


def auto_promotion_problems(pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    """Find Stages that promote to production by themselves and say so once only."""
    for i, pipeline in enumerate(pipelines):
        for j, stage in enumerate(pipeline.stages):
            if stage.auto_promotion and not stage.auto_promotion_in_production:
                yield Problem(
                    f"pipelines[{i}].stages[{j}].autoPromotion",
                    "promotes to production by itself; add autoPromotionInProduction: true, or leave it to people",
                )
