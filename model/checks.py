"""Checks across the parts of a stack.

An error line repeats no name of the file: it names the place of the other part.
"""

from collections.abc import Iterator, Sequence

from model.git_ops import GitOps
from model.images_file import Place, place_of
from model.kargo import Kargo
from model.pipeline import Pipeline
from model.problem import Problem
from model.registry import GiteaRegistry, Registry
from model.stage import Stage
from model.types import urls
from model.types.images import LONGEST_REPOSITORY
from model.types.urls import OWNER_AND_REPOSITORY, path_parts

_LONGEST_NAME = 63
_GITHUB_METHODS = ("merge", "squash", "rebase")
_UNVERIFIED = "not allowed in production; remove it, and configure the CA in Kargo (chart value controller.cabundle)"


def _stages(pipelines: Sequence[Pipeline]) -> Iterator[tuple[str, Stage, Pipeline]]:
    """Yield every Stage with its path in the stack's file and its pipeline."""
    for i, pipeline in enumerate(pipelines):
        for j, stage in enumerate(pipeline.stages):
            yield f"pipelines[{i}].stages[{j}]", stage, pipeline


def production_problems(
    kargo: Kargo, registry: Registry, git_ops: GitOps, publish_to: Registry | None
) -> Iterator[Problem]:
    """Yield settings that are for development only."""
    for key, value in {"registry": registry, "gitOps": git_ops, "publishTo": publish_to}.items():
        if value and value.insecure_skip_tls_verify:
            yield Problem(f"{key}.insecureSkipTLSVerify", _UNVERIFIED)
    for key, url in {"kargo.webhooksBaseUrl": kargo.webhooks_base_url, "gitOps.repoURL": git_ops.repo_url}.items():
        if url.startswith("http://"):
            yield Problem(key, "plain HTTP is not allowed in production; write https://")


def own_step_problems(pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    """Yield the team's own steps that skip the verification of a certificate, which is for development only."""
    for path, stage, _ in _stages(pipelines):
        yield from (Problem(f"{path}.steps.{place}", _UNVERIFIED) for place in stage.steps.unverified)


def pull_request_problems(git_ops: GitOps) -> Iterator[Problem]:
    """Yield a repository in which Kargo cannot open a pull request."""
    if len(path_parts(git_ops.repo_url)) != OWNER_AND_REPOSITORY:
        yield Problem(
            "gitOps.repoURL",
            "Kargo opens pull requests only in https://host/owner/repository.git; write such a URL, or set "
            "promoteBy: push",
        )


def merge_method_problems(git_ops: GitOps, pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    """Yield merge methods that GitHub does not have. Kargo 1.11 passes them on, and the Promotion would fail."""
    for path, stage, _ in _stages(pipelines):
        method = stage.pull_request.merge_method
        if git_ops.provider == "github" and method and method not in _GITHUB_METHODS:
            yield Problem(
                f"{path}.pullRequest.mergeMethod", "not a merge method of GitHub; write 'merge', 'squash' or 'rebase'"
            )


def image_problems(registry: Registry, publish_to: Registry | None, pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    """Yield images that a registry or Kargo does not allow for its owner."""
    for i, pipeline in enumerate(pipelines):
        path = f"pipelines[{i}].image"
        publishes = publish_to and any(stage.publish for stage in pipeline.stages)
        registries = [registry, *([publish_to] if publish_to and publishes else [])]
        if "__" in pipeline.image and any(isinstance(one, GiteaRegistry) for one in registries):
            yield Problem(path, "contains __, which Gitea does not allow in an image name; write single . _ -")
        repositories = [one.image_repository(pipeline.image).partition("/")[2] for one in registries]
        if max(map(len, repositories)) > LONGEST_REPOSITORY:
            yield Problem(path, f"longer than {LONGEST_REPOSITORY} characters with its owner; write a shorter name")


def name_problems(pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    """Yield names that collide in Kargo, where each Stage is called `<pipeline>-<stage>`."""
    names = [pipeline.name for pipeline in pipelines]
    stages: dict[str, str] = {}
    resources: dict[str, str] = {}
    for i, pipeline in enumerate(pipelines):
        if (first := names.index(pipeline.name)) < i:
            yield Problem(f"pipelines[{i}].name", f"pipelines[{first}] has the same name; rename one of them")
            continue
        for j, stage in enumerate(pipeline.stages):
            path, name = f"pipelines[{i}].stages[{j}].name", pipeline.stage_name(stage.name)
            # The URN of a Stage does not contain its pipeline's own URN.
            resource = f"{pipeline.name}-stage-{stage.name}"
            if len(name) > _LONGEST_NAME:
                yield Problem(
                    path, f"<pipeline>-<stage> is longer than {_LONGEST_NAME} characters; shorten one of them"
                )
            elif name in stages:
                yield Problem(path, f"{stages[name]} has the same <pipeline>-<stage>; rename one of them")
            elif resource in resources:
                yield Problem(
                    path,
                    f"{resources[resource]} has the same <pipeline>-stage-<stage>, its name in Pulumi; rename one of "
                    "them",
                )
            stages.setdefault(name, path.removesuffix(".name"))
            resources.setdefault(resource, path.removesuffix(".name"))


def key_problems(pipelines: Sequence[Pipeline], git_ops: GitOps) -> Iterator[Problem]:
    """Yield Stages that write the same key of the same images file."""
    writers: dict[Place, str] = {}
    for path, stage, pipeline in _stages(pipelines):
        place = place_of(stage, pipeline, git_ops)
        if place in writers:
            yield Problem(
                f"{path}.environment",
                f"{writers[place]} writes the same key <environment>.<app>; set another environment or app",
            )
        writers.setdefault(place, path)


def publish_problems(
    registry: Registry, publish_to: Registry | None, pipelines: Sequence[Pipeline]
) -> Iterator[Problem]:
    """Yield Stages without a registry to publish to, and a `publishTo` that is not used or is the registry itself."""
    publishing = [f"{path}.publish" for path, stage, _ in _stages(pipelines) if stage.publish]
    if publish_to is None:
        for path in publishing:
            yield Problem(path, "publishTo is missing; add it, or remove publish")
        return
    if not publishing:
        yield Problem("publishTo", "no Stage publishes; add publish: true to a Stage, or remove publishTo")
    if publish_to.login is None:
        yield Problem("publishTo.login", "missing; add a login that may push images")
    if publish_to.owner.lower() == registry.owner.lower() and urls.place(publish_to.url) == urls.place(registry.url):
        yield Problem("publishTo", "the same as registry; write another registry or owner")


def publish_tls_problems(registry: Registry, publish_to: Registry | None) -> Iterator[Problem]:
    """Yield `insecureSkipTLSVerify` of one registry that would apply to the other: `oci-push` has one for both."""
    if publish_to is None or publish_to.insecure_skip_tls_verify == registry.insecure_skip_tls_verify:
        return
    verified, key, other = (
        (publish_to, "registry", "publishTo")
        if registry.insecure_skip_tls_verify
        else (registry, "publishTo", "registry")
    )
    choice = f", or set {other}.insecureSkipTLSVerify: true too" if isinstance(verified, GiteaRegistry) else ""
    yield Problem(
        f"{key}.insecureSkipTLSVerify",
        f"also applies to {other} when Kargo copies an image, since oci-push has one setting for both; remove it, and "
        f"configure the CA in Kargo (chart value controller.cabundle){choice}",
    )


def auto_promotion_problems(pipelines: Sequence[Pipeline]) -> Iterator[Problem]:
    """Yield Stages that promote to production automatically without `autoPromotionInProduction`."""
    for path, stage, _ in _stages(pipelines):
        if stage.auto_promotion and not stage.auto_promotion_in_production:
            yield Problem(
                f"{path}.autoPromotion",
                "promotes to production automatically; add autoPromotionInProduction: true, or remove autoPromotion",
            )
