"""A stack's file as one value, and the checks across its parts."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from model.accounts import Account, Accounts, HookAccount
from model.announcements import Announcement, announcement_problems, announcements
from model.checks import (
    auto_promotion_problems,
    image_problems,
    key_problems,
    merge_method_problems,
    name_problems,
    own_step_problems,
    production_problems,
    publish_problems,
    publish_tls_problems,
    pull_request_problems,
)
from model.cluster import Cluster
from model.git_ops import GitOps
from model.kargo import Kargo
from model.login_checks import hook_login_problems, login_problems
from model.notify import Notify
from model.pipeline import Pipeline
from model.problem import Problem
from model.promoter_checks import promoter_problems
from model.registry import Registry
from model.types.files import CertificateFile
from model.types.plain import present
from model.value import CheckedValue
from model.webhooks import WebhookSettings


class Stack(CheckedValue):
    """One environment: its cluster, registry, GitOps repository and pipelines. Secrets are not part of it."""

    environment: Literal["development", "production"]
    """Kind of the environment. A production stack does not allow plain HTTP or `insecureSkipTLSVerify`."""

    kubernetes: Cluster
    """Cluster of the stack."""

    kargo: Kargo
    """Kargo Project and the address of its webhooks."""

    registry: Registry
    """Container registry of the images."""

    git_ops: GitOps
    """GitOps repository to which Kargo commits image references."""

    publish_to: Annotated[Registry | None, BeforeValidator(present)] = None
    """Registry to which Stages with `publish: true` copy images, for example the registry of the production stack."""

    notify: Annotated[Notify | None, BeforeValidator(present)] = None
    """Announcement of the end of each Promotion. A Stage may have its own."""

    pipelines: Annotated[tuple[Pipeline, ...], Field(min_length=1, strict=False)]
    """Applications that are promoted."""

    webhooks: WebhookSettings = WebhookSettings()
    """Webhooks that report pushes to Kargo."""

    ca_bundle: CertificateFile | None = None
    """Path of a PEM file with CAs that the machine running Pulumi trusts for Gitea and Kargo, in addition to the
    system's.

    Example: `ca.pem`"""

    @classmethod
    def of_keys(cls, keys: Mapping[str, object]) -> "Stack":
        """Return the stack that the keys of a stack's file describe.

        Args:
            keys: plain keys and their values. The engine adds the default of an optional key: an empty text or mapping.

        Raises:
            ValidationError: if the stack refuses a key or a value.
        """
        given = {key: value for key, value in keys.items() if value not in (None, "", {})}
        return cls.model_validate(given, by_alias=True, by_name=False)

    @property
    def opens_pull_requests(self) -> bool:
        """Whether a Stage promotes by pull request."""
        return any(stage.promote_by == "pullRequest" for pipeline in self.pipelines for stage in pipeline.stages)

    @property
    def image_account(self) -> Account | None:
        """The account that pulls images; None if they are public."""
        return self.accounts.image()

    @property
    def publish_account(self) -> Account | None:
        """The account that publishes images; None if nothing is published."""
        return self.accounts.publish()

    @property
    def git_account(self) -> Account:
        """The account that writes the GitOps repository."""
        account = self.accounts.git()
        if account is None:
            raise ValueError("a stack without a login for its GitOps repository")
        return account

    @property
    def hook_accounts(self) -> tuple[HookAccount, ...]:
        """The accounts that manage webhooks in Gitea, for pushed images and for pull requests."""
        return tuple(self.accounts.hooks(self.opens_pull_requests))

    @property
    def github_hook_account(self) -> HookAccount | None:
        """The account that manages webhooks in GitHub if `githubToken` is set; None if no GitHub sends events."""
        return self.accounts.github_hooks(self.opens_pull_requests)

    @property
    def announcements(self) -> tuple[Announcement, ...]:
        """Each `notify`: the stack's, and the Stages' own."""
        return tuple(announcements(self.notify, self.pipelines))

    @property
    def accounts(self) -> Accounts:
        """The accounts of the stack, by purpose."""
        return Accounts(self.registry, self.git_ops, self.webhooks, self.publish_to)

    def problems(self) -> Iterator[Problem]:
        """Yield the parts that contradict each other."""
        of_logins = [*login_problems(self.accounts, self.opens_pull_requests)]
        # The accounts of webhooks follow from the logins.
        yield from of_logins or hook_login_problems(self.accounts, self.opens_pull_requests)
        if self.opens_pull_requests:
            yield from pull_request_problems(self.git_ops)
            yield from merge_method_problems(self.git_ops, self.pipelines)
        yield from image_problems(self.registry, self.publish_to, self.pipelines)
        yield from name_problems(self.pipelines)
        yield from key_problems(self.pipelines, self.git_ops)
        yield from promoter_problems(self.kargo.roles, self.pipelines)
        yield from announcement_problems(self.notify, self.pipelines, self.accounts, self.environment == "production")
        of_publishing = [*publish_problems(self.registry, self.publish_to, self.pipelines)]
        yield from of_publishing
        if self.environment == "production":
            yield from production_problems(self.kargo, self.registry, self.git_ops, self.publish_to)
            yield from auto_promotion_problems(self.pipelines)
            yield from own_step_problems(self.pipelines)
        elif not of_publishing:
            yield from publish_tls_problems(self.registry, self.publish_to)
