"""A Stage: where its Freight comes from, what is written where, and what else a Promotion does."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from model.problem import Problem
from model.texts.durations import PositiveDuration
from model.texts.files import ImagesFile, JsonKey
from model.texts.git import Branch
from model.texts.names import DnsLabel, DnsSubdomain
from model.texts.plain import Title, Unevaluated
from model.texts.urls import CheckUrl
from model.value import CheckedValue, Value


class PullRequest(Value):
    """The pull request that a Stage opens."""

    title: Title = "{environment}: {app} {tag}"
    """its title"""

    labels: Annotated[tuple[Unevaluated, ...], Field(strict=False)] = ()
    """labels, which the repository must have"""

    merge: bool = False
    """Kargo merges it as soon as the server lets it, instead of waiting for people"""

    timeout: PositiveDuration | None = None
    """how long it may stay open; then the Promotion has failed; without it for ever"""


class HttpCheck(Value):
    """A request that tells whether what was promoted works; its Freight goes no further before."""

    url: CheckUrl
    """what Kargo's controller asks for, with GET"""

    success: Unevaluated = "response.status == 200"
    """expression over `response.status`, `response.body` and `response.header(name)`: it works"""

    failure: Unevaluated | None = None
    """expression: it does not; while neither holds, Kargo asks again every 30 s"""

    timeout: PositiveDuration = "5m0s"
    """when it has failed in any case"""


class ArgoCd(Value):
    """The Argo CD Application that a Promotion synchronizes and waits for."""

    app: DnsSubdomain
    """its name; needs the annotation that the output `argoCdAuthorizedStages` has"""

    namespace: DnsLabel = "argocd"
    """its namespace"""


class Stage(CheckedValue):
    """One step on an image's way: a key in an images file."""

    name: DnsLabel
    """name within the pipeline; the Kargo Stage is `<pipeline>-<name>`"""

    formerly: DnsLabel | None = None
    """name that it had before; Kargo's history of it begins anew, Freight stays"""

    environment: JsonKey = Field(default_factory=lambda stage: stage.get("name", "-"), validate_default=True)
    """key in the images file; without it the Stage's name"""

    auto_promotion: bool = False
    """Kargo promotes by itself"""

    auto_promotion_in_production: bool = False
    """the second word that `autoPromotion` needs in a production stack"""

    upstream: Annotated[tuple[DnsLabel, ...], Field(strict=False)] = ()
    """Stages of this pipeline whose verified Freight it takes; without any, straight from the Warehouse"""

    availability: Literal["any", "all"] = "any"
    """how many of them must have verified it"""

    soak_time: PositiveDuration | None = None
    """how long it must have been in an upstream Stage; Kargo itself looks every five minutes whether that is over"""

    selection: Literal["newest", "matchUpstream"] = "newest"
    """what is promoted by itself: the `newest` Freight, or what the one upstream Stage has: `matchUpstream`"""

    branch: Branch | None = None
    """branch of the GitOps repository; without it that of `gitOps`"""

    images_file: ImagesFile | None = None
    """its images file; without it that of `gitOps`"""

    promote_by: Literal["push", "pullRequest"] = "push"
    """`push` to the branch, or `pullRequest`: open one and wait for its merge"""

    pull_request: PullRequest = PullRequest()
    """what the pull request is like"""

    argo_cd: ArgoCd | None = None
    """present where the Promotion has Argo CD synchronize; Kargo needs its integration"""

    check: HttpCheck | None = None
    """present where a Promotion succeeds only after a request has"""

    analysis_templates: Annotated[tuple[DnsSubdomain, ...], Field(strict=False)] = ()
    """AnalysisTemplates in the project's namespace that verify Freight after the Promotion; needs Argo Rollouts"""

    publish: bool = False
    """copy the image to `publishTo` at the end of the Promotion"""

    def problems(self) -> Iterator[Problem]:
        """Yield what does not agree."""
        if not self.upstream:
            for key, given in {
                "soakTime": self.soak_time is not None,
                "availability": self.availability == "all",
                "selection": self.selection == "matchUpstream",
            }.items():
                if given:
                    yield Problem(key, "without upstream, whose Freight it is about; add that, or leave it out")
        elif self.selection == "matchUpstream" and len(self.upstream) > 1:
            yield Problem("selection", "matchUpstream with several upstream Stages; name one, or write newest")
        if self.selection == "matchUpstream" and not self.auto_promotion:
            yield Problem("selection", "without effect; add autoPromotion: true, or leave it out")
        if self.auto_promotion_in_production and not self.auto_promotion:
            yield Problem("autoPromotionInProduction", "without autoPromotion, which it is the second word for")
        if self.promote_by == "push" and self.pull_request != PullRequest():
            yield Problem("pullRequest", "without effect; write promoteBy: pullRequest, or leave it out")
