"""Everything that a stack's file says, and the checks across its parts."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from model.cluster import Cluster
from model.git_ops import GitOps
from model.kargo import Kargo
from model.pipeline import Pipeline
from model.problem import Problem, refusals
from model.registry import Registry
from model.texts.plain import NonEmpty
from model.value import Value
from model.webhooks import WebhookSettings

_LONGEST_NAME = 63


class Stack(Value):
    """One environment: its cluster, registry, GitOps repository and pipelines. Secrets are not part of it."""

    environment: Literal["development", "production"]
    """production refuses to switch TLS verification off"""

    kubernetes: Cluster
    """the cluster that this stack may change"""

    kargo: Kargo
    """the Kargo Project, and where Kargo receives webhooks"""

    registry: Registry
    """where images live"""

    git_ops: GitOps
    """where image references are committed"""

    pipelines: Annotated[tuple[Pipeline, ...], Field(min_length=1, strict=False)]
    """what is promoted"""

    webhooks: WebhookSettings = WebhookSettings()
    """how pushes reach Kargo"""

    ca_bundle: NonEmpty | None = None
    """PEM file that the machine running Pulumi trusts beside the system's CAs, for Gitea and Kargo"""

    @property
    def opens_pull_requests(self) -> bool:
        """Whether a Stage promotes by pull request."""
        return any(stage.promote_by == "pullRequest" for pipeline in self.pipelines for stage in pipeline.stages)

    @property
    def needs_gitea_hooks(self) -> bool:
        """Whether Gitea sends events: of pushed images, or of pull requests in the GitOps repository."""
        return self.registry.kind == "gitea" or (self.git_ops.provider == "gitea" and self.opens_pull_requests)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if found := [*_tls_problems(self), *_name_problems(self.pipelines), *_key_problems(self.pipelines)]:
            raise refusals(found)
        return self


def _tls_problems(stack: Stack) -> Iterator[Problem]:
    if stack.environment != "production":
        return
    for key, value in {"registry": stack.registry, "gitOps": stack.git_ops}.items():
        if value.insecure_skip_tls_verify:
            yield Problem(
                f"{key}.insecureSkipTlsVerify",
                "TLS verification is off in production; remove it and give Kargo the CA (chart value "
                "controller.cabundle)",
            )


def _name_problems(pipelines: tuple[Pipeline, ...]) -> Iterator[Problem]:
    """Find names that meet in Kargo: one Warehouse per pipeline, and Stages `<pipeline>-<stage>` in one namespace."""
    names = [pipeline.name for pipeline in pipelines]
    stages: dict[str, str] = {}
    for i, pipeline in enumerate(pipelines):
        if pipeline.name in names[:i]:
            yield Problem(f"pipelines[{i}].name", f"'{pipeline.name}' is there twice; give each pipeline its own name")
            continue
        for j, stage in enumerate(pipeline.stages):
            path, name = f"pipelines[{i}].stages[{j}].name", pipeline.stage_name(stage.name)
            if len(name) > _LONGEST_NAME:
                yield Problem(
                    path, f"the Kargo Stage <pipeline>-<stage> is longer than {_LONGEST_NAME}; shorten one of them"
                )
            elif name in stages:
                yield Problem(path, f"the Kargo Stage '{name}' is {stages[name]} already; rename one of them")
            stages.setdefault(name, path.removesuffix(".name"))


def _key_problems(pipelines: tuple[Pipeline, ...]) -> Iterator[Problem]:
    """Find two Stages that would write the same key of the images file."""
    writers: dict[tuple[str, str], str] = {}
    for i, pipeline in enumerate(pipelines):
        for j, stage in enumerate(pipeline.stages):
            path, key = f"pipelines[{i}].stages[{j}]", (stage.environment, pipeline.app)
            if key in writers:
                yield Problem(
                    f"{path}.environment",
                    f"'{'.'.join(key)}' is set by {writers[key]} too; name another environment, or another app",
                )
            writers.setdefault(key, path)
