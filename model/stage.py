"""A Stage: where its Freight comes from, what its Promotions write, and what else they do."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from model.kargo import Groups
from model.notify import Notify
from model.own_steps import OwnSteps
from model.problem import Problem, repeated
from model.types.durations import Duration, nonzero
from model.types.expressions import Condition
from model.types.files import ImagesFile, JsonKey
from model.types.git import Branch
from model.types.names import DnsLabel, DnsSubdomain
from model.types.plain import NonEmpty, Title, Unevaluated, present
from model.types.urls import CheckUrl
from model.value import CheckedValue, Value

# Gitea's methods in Kargo 1.11, without `manually-merged`: it needs a commit, which Kargo does not send.
MergeMethod = Literal["merge", "squash", "rebase", "rebase-merge", "fast-forward-only"]


class PullRequest(CheckedValue):
    """The pull request that a Stage opens."""

    title: Title = "{environment}: {app} {tag}"
    """Title of the pull request. Placeholders: `{environment}`, `{app}`, `{pipeline}`, `{stage}`, `{tag}`."""

    description: Literal["commitMessage", "details"] = "commitMessage"
    """Description of the pull request. `commitMessage` is the commit message. `details` is a list: image, tag, link to
    the package, digest, Freight, Stage, and the time at which the Freight was promoted to each upstream Stage."""

    labels: Annotated[tuple[Unevaluated, ...], Field(strict=False)] = ()
    """Labels of the pull request. The repository must have them already.

    Example: `[promotion]`"""

    merge: bool = False
    """Whether Kargo merges the pull request as soon as the server allows it. By default Kargo waits for a person to
    merge it. On Gitea a Promotion fails if the branch requires approvals or status checks, since Kargo does not wait
    for them there."""

    merge_method: MergeMethod | None = None
    """Method with which Kargo merges the pull request. The repository must allow it. Requires `merge: true`. GitHub has
    `merge`, `squash` and `rebase`. By default Kargo uses `merge`.

    Example: `squash`"""

    timeout: Annotated[Duration, nonzero("write a longer duration, or remove it to wait without a limit")] | None = None
    """Time after which the Promotion fails if the pull request is still open. By default Kargo waits without a limit.

    Example: `72h`"""

    def problems(self) -> Iterator[Problem]:
        """Yield a merge method that nobody uses."""
        if self.merge_method and not self.merge:
            yield Problem("mergeMethod", "has no effect; add merge: true, or remove it")


class CheckRetry(Value):
    """The limit of an HTTP check."""

    timeout: Annotated[Duration, nonzero("write how long Kargo repeats the request, such as 5m")] = "5m0s"
    """Time after which the Promotion fails if the check has not succeeded."""


class HttpCheck(Value):
    """A request that Kargo repeats at the end of a Promotion until the response shows success or failure."""

    url: CheckUrl
    """URL that Kargo's controller requests with GET. Kargo shows it in the Stage and in errors, so it must not contain
    a secret.

    Example: `https://backstage.example.com/healthcheck`"""

    success_expression: Condition = "response.status == 200"
    """Expression in [expr-lang](https://expr-lang.org/docs/language-definition) over `response.status`,
    `response.body`, `response.headers` and `response.header(name)`. Its result must be true or false. If it is true,
    the Promotion succeeds."""

    failure_expression: Condition | None = None
    """Expression as in `successExpression`. If it is true, the Promotion fails. While neither expression is true, Kargo
    repeats the request every 30 s.

    Example: `response.status == 500`"""

    retry: CheckRetry = CheckRetry()
    """Limit of the check."""


class Application(Value):
    """An Argo CD Application."""

    name: DnsSubdomain
    """Name of the Argo CD Application. It needs the annotation in the stack output `argoCDAuthorizedStages`.

    Example: `backstage-dev`"""

    namespace: DnsLabel = "argocd"
    """Namespace of the Argo CD Application."""


class ArgoCD(CheckedValue):
    """The Argo CD part of a Promotion."""

    apps: Annotated[tuple[Application, ...], Field(min_length=1, strict=False)]
    """Argo CD Applications that Kargo syncs during the Promotion."""

    def problems(self) -> Iterator[Problem]:
        """Yield an Application that is listed twice."""
        return repeated("apps", [(app.namespace, app.name) for app in self.apps])


class AnalysisTemplate(Value):
    """A template of Argo Rollouts."""

    name: DnsSubdomain
    """Name of the template. An AnalysisTemplate lies in the project's namespace.

    Example: `smoke-test`"""

    kind: Literal["AnalysisTemplate", "ClusterAnalysisTemplate"] = "AnalysisTemplate"
    """Kind of the template."""


class AnalysisArgument(Value):
    """An argument of the templates."""

    name: NonEmpty
    """Name of the argument.

    Example: `url`"""

    value: NonEmpty
    """Value of the argument. It may contain Kargo expressions.

    Example: `${{ ctx.targetFreight.name }}`"""


class Verification(CheckedValue):
    """The AnalysisRun after a Promotion."""

    analysis_templates: Annotated[tuple[AnalysisTemplate, ...], Field(min_length=1, strict=False)]
    """Templates that verify Freight after the Promotion. Requires Argo Rollouts."""

    args: Annotated[tuple[AnalysisArgument, ...], Field(strict=False)] = ()
    """Arguments of the templates."""

    def problems(self) -> Iterator[Problem]:
        """Yield a template or an argument that is listed twice. No AnalysisRun could have its metrics twice."""
        yield from repeated(
            "analysisTemplates", [(template.kind, template.name) for template in self.analysis_templates]
        )
        yield from repeated("args", [argument.name for argument in self.args])


class Stage(CheckedValue):
    """A Stage of a pipeline. It writes one key of an images file."""

    name: DnsLabel
    """Name of the Stage within its pipeline. In Kargo the Stage is called `<pipeline>-<name>`.

    Example: `dev`"""

    environment: JsonKey = Field(default_factory=lambda stage: stage.get("name", "-"), validate_default=True)
    """Key in the images file that contains the apps of this environment. Defaults to the Stage's name."""

    auto_promotion: bool = False
    """Whether Kargo promotes new Freight to the Stage automatically."""

    auto_promotion_in_production: bool = False
    """Must also be true before a production stack accepts `autoPromotion: true`."""

    promoters: Groups = ()
    """Groups that may promote to this Stage and view the project, as the claim `groups` of the identity provider names
    them. The groups in `kargo.roles.promoter` may promote to every Stage.

    Example: `[release-managers]`"""

    upstream: Annotated[tuple[DnsLabel, ...], Field(strict=False)] = ()
    """Stages of the same pipeline that must verify Freight first. By default the Stage takes Freight directly from the
    Warehouse.

    Example: `[dev]`"""

    availability_strategy: Literal["OneOf", "All"] = "OneOf"
    """Whether Freight needs verification in one or in all of the `upstream` Stages."""

    required_soak_time: Annotated[Duration, nonzero("remove it, since Freight need not soak then")] | None = None
    """Time that Freight must have been in an upstream Stage. Kargo checks every five minutes whether it has passed.

    Example: `1h`"""

    selection_policy: Literal["NewestFreight", "MatchUpstream"] = "NewestFreight"
    """Freight that auto-promotion selects: the newest, or the Freight that the upstream Stage has now."""

    branch: Branch | None = None
    """Branch of the GitOps repository that the Stage writes. Defaults to `gitOps.branch`.

    Example: `env/dev`"""

    images_file: ImagesFile | None = None
    """Images file that the Stage writes. Defaults to `gitOps.imagesFile`.

    Example: `.env-files/dev.json`"""

    promote_by: Literal["push", "pullRequest"] = "push"
    """Whether a Promotion pushes to the branch, or opens a pull request and waits until it is merged."""

    pull_request: PullRequest = PullRequest()
    """Settings of the pull request. Requires `promoteBy: pullRequest`."""

    argo_cd: ArgoCD | None = Field(None, alias="argoCD")
    """Argo CD Applications to sync during the Promotion. Requires Kargo's Argo CD integration."""

    http_check: HttpCheck | None = None
    """HTTP request that must succeed before the Promotion does. Freight goes to no downstream Stage before."""

    verification: Verification | None = None
    """Verification with Argo Rollouts after the Promotion."""

    publish: bool = False
    """Whether the Promotion copies the image to `publishTo` at its end."""

    steps: OwnSteps = OwnSteps()
    """Your own promotion steps, before and after the steps of this program."""

    notify: Annotated[Notify | None, BeforeValidator(present)] = None
    """Announcement of the end of a Promotion to this Stage. It replaces the stack's `notify`."""

    @property
    def shows_details(self) -> bool:
        """Whether a Promotion opens a pull request whose description contains the details."""
        return self.promote_by == "pullRequest" and self.pull_request.description == "details"

    def problems(self) -> Iterator[Problem]:
        """Yield the settings that contradict each other."""
        if not self.upstream:
            for key, given in {
                "requiredSoakTime": self.required_soak_time is not None,
                "availabilityStrategy": self.availability_strategy == "All",
                "selectionPolicy": self.selection_policy == "MatchUpstream",
            }.items():
                if given:
                    yield Problem(key, "has no effect without upstream Stages; add upstream, or remove it")
        elif self.selection_policy == "MatchUpstream" and len(self.upstream) > 1:
            yield Problem("selectionPolicy", "MatchUpstream needs exactly one upstream Stage; write NewestFreight")
        if self.selection_policy == "MatchUpstream" and not self.auto_promotion:
            yield Problem("selectionPolicy", "has no effect without auto-promotion; add autoPromotion: true")
        if self.auto_promotion_in_production and not self.auto_promotion:
            yield Problem("autoPromotionInProduction", "has no effect; add autoPromotion: true, or remove it")
        if self.promote_by == "push" and self.pull_request != PullRequest():
            yield Problem("pullRequest", "has no effect; set promoteBy: pullRequest, or remove it")
