"""Checks across the parts of a stack: what each part may say, but not together.

No line repeats a name of the file: it tells the place where the other one stands.
"""

from collections.abc import Iterator, Sequence

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


def key_problems(pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    """Find two Stages that would write the same key of the images file."""
    writers: dict[tuple[str, str], str] = {}
    for i, pipeline in enumerate(pipelines):
        for j, stage in enumerate(pipeline.stages):
            path, key = f"pipelines[{i}].stages[{j}]", (stage.environment, pipeline.app)
            if key in writers:
                yield Problem(
                    f"{path}.environment",
                    f"the key <environment>.<app> is set by {writers[key]} too; name another environment, or another "
                    "app",
                )
            writers.setdefault(key, path)
