"""Everything that a stack's file says, and the checks across its parts."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from model.agreement import (
    image_problems,
    key_problems,
    name_problems,
    production_problems,
    pull_request_problems,
    scope_problems,
)
from model.cluster import Cluster
from model.git_ops import GitOps
from model.kargo import Kargo
from model.pipeline import Pipeline
from model.problem import refusals
from model.registry import Registry
from model.texts.files import CertificateFile
from model.value import Value
from model.webhooks import WebhookSettings


class Stack(Value):
    """One environment: its cluster, registry, GitOps repository and pipelines. Secrets are not part of it."""

    environment: Literal["development", "production"]
    """production refuses plain HTTP and TLS verification switched off"""

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

    ca_bundle: CertificateFile | None = None
    """path of a PEM file that the machine running Pulumi trusts beside the system's CAs, for Gitea and Kargo"""

    @property
    def opens_pull_requests(self) -> bool:
        """Whether a Stage promotes by pull request."""
        return any(stage.promote_by == "pullRequest" for pipeline in self.pipelines for stage in pipeline.stages)

    @property
    def needs_gitea_hooks(self) -> bool:
        """Whether Gitea sends events: of pushed images, or of pull requests in the GitOps repository."""
        return bool(self._owners_on_gitea())

    def _owners_on_gitea(self) -> dict[str, str]:
        """Return the owners whose events Gitea sends, by what they own."""
        owners = {}
        if self.registry.kind == "gitea":
            owners["the images"] = self.registry.owner
        if self.git_ops.provider == "gitea" and self.opens_pull_requests:
            owners["the GitOps repository"] = self.git_ops.owner
        return owners

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found = [
            *scope_problems(self._owners_on_gitea(), self.registry.login.username, self.webhooks),
            *(pull_request_problems(self.git_ops) if self.opens_pull_requests else ()),
            *image_problems(self.registry, self.pipelines),
            *name_problems(self.pipelines),
            *key_problems(self.pipelines),
        ]
        if self.environment == "production":
            found += production_problems(self.kargo, self.registry, self.git_ops)
        if found:
            raise refusals(found)
        return self
