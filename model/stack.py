"""Everything that a stack's file says, and the checks across its parts."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from model.agreement import (
    auto_promotion_problems,
    image_problems,
    key_problems,
    name_problems,
    production_problems,
    publish_problems,
    pull_request_problems,
)
from model.cluster import Cluster
from model.git_ops import GitOps
from model.kargo import Kargo
from model.login_problems import hook_login_problems, login_problems
from model.pipeline import Pipeline
from model.problem import Problem
from model.registry import Registry
from model.sign_in import HookAccount, SignIn, SignIns
from model.texts.files import CertificateFile
from model.texts.plain import present
from model.value import CheckedValue
from model.webhooks import WebhookSettings


class Stack(CheckedValue):
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

    publish_to: Annotated[Registry | None, BeforeValidator(present)] = None
    """registry to which Stages with `publish` copy images, such as that of the production stack"""

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
    def image_sign_in(self) -> SignIn | None:
        """Who reads images; None where they are public."""
        return self._sign_ins.image()

    @property
    def publish_sign_in(self) -> SignIn | None:
        """Who writes published images; None where nothing is published."""
        return self._sign_ins.publish()

    @property
    def git_sign_in(self) -> SignIn:
        """Who writes the GitOps repository."""
        sign_in = self._sign_ins.git()
        if sign_in is None:
            raise ValueError("a stack without a login for its GitOps repository")
        return sign_in

    @property
    def hook_accounts(self) -> tuple[HookAccount, ...]:
        """Who manages the hooks in Gitea: those for pushed images, and for pull requests in the GitOps repository."""
        return tuple(self._sign_ins.hook_accounts(self.opens_pull_requests))

    @property
    def _sign_ins(self) -> SignIns:
        return SignIns(self.registry, self.git_ops, self.webhooks, self.publish_to)

    def problems(self) -> Iterator[Problem]:
        """Yield what does not agree."""
        of_logins = [*login_problems(self._sign_ins, self.opens_pull_requests)]
        # Who manages hooks follows from the logins.
        yield from of_logins or hook_login_problems(self._sign_ins, self.opens_pull_requests)
        if self.opens_pull_requests:
            yield from pull_request_problems(self.git_ops)
        yield from image_problems(self.registry, self.pipelines)
        yield from name_problems(self.pipelines)
        yield from key_problems(self.pipelines, self.git_ops)
        yield from publish_problems(self.registry, self.publish_to, self.pipelines)
        if self.environment == "production":
            yield from production_problems(self.kargo, self.registry, self.git_ops)
            yield from auto_promotion_problems(self.pipelines)
