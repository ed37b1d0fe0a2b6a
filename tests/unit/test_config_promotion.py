"""Settings of a promotion that would have no effect or mislead: one line each."""

from typing import Any

import pytest

from tests.program import merged
from tests.unit.configuration import NULL, PLANTED, lines, load, pipeline, stages, warehouse

DEV, OPENS = {"name": "dev"}, {"name": "dev", "promoteBy": "pullRequest"}
STAGE, SECOND = "pipelines[0].stages[0]", "pipelines[0].stages[1]"
GHCR = {"kind": "ghcr", "owner": "team", "login": {"username": "robot", "password": {"from": "stack"}}}
WITHOUT_UPSTREAM = "has no effect without upstream Stages; add upstream, or remove it"
NO_CONSTRAINT = "has no effect with {}; remove it"
NOT_WITH_DIGEST = "has no effect with Digest, which follows one tag; remove it"
NOT_SEMVER = "not a SemVer range; write comparisons such as >=10 <12, ^1.2 or ~1.2.3, joined by ||"
EMPTY = "empty; write a value, or remove the key"
ABOUT_URL = "not a URL; write https://host[:port]/path, with letters, digits and . _ ~ - in the path"


def stage(**keys: Any) -> dict[str, Any]:
    """Return the changes that give the one Stage these keys."""
    return stages({**DEV, **keys})


def second(**keys: Any) -> dict[str, Any]:
    """Return the changes that add a Stage downstream of the first."""
    return stages(DEV, {"name": "prod", "upstream": ["dev"], **keys})


def verified(**keys: Any) -> dict[str, Any]:
    """Return the changes that give the one Stage a verification with one template and these keys."""
    return stage(verification={"analysisTemplates": [{"name": "smoke"}], **keys})


def published(**keys: Any) -> dict[str, Any]:
    """Return the changes by which the one Stage publishes to GHCR."""
    return {**stage(publish=True), "publishTo": merged(GHCR, keys)}


BOTH = {"name": "prod", "upstream": ["dev", "qa"]}
A_FILE_EACH = {"gitOps": {"imagesFile": "{stage}.json"}}
CREDENTIALS = "contains credentials; remove them, and set `login`"
NOT_A_NAME = (
    "not a Kubernetes name; write at most 63 lower-case letters, digits and '-', starting and ending with a letter "
    "or digit"
)
CYCLE = "a cycle that no Freight can enter; remove upstream from one of its Stages"
CLUSTER = "ClusterAnalysisTemplate"
NO_MAPPING = "not a mapping; write `key: value` lines below it"
SECRETS = {"giteaPassword": "planted", "publishPassword": "planted-too"}


def followed(reference: str | None = "digest", **rules: Any) -> dict[str, Any]:
    """Return the changes by which Kargo follows one tag."""
    rules = {"imageSelectionStrategy": "Digest", "constraint": "edge", **rules}
    return pipeline(reference=reference, warehouse=merged({}, rules))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        # The tags.
        (
            warehouse(imageSelectionStrategy="newestBuild"),
            "warehouse.imageSelectionStrategy: not an allowed value; write 'SemVer', 'NewestBuild', 'Lexical' or "
            "'Digest'",
        ),
        *[
            (
                warehouse(imageSelectionStrategy=strategy),
                "warehouse.allowTagsRegexes: missing; add the tags that Kargo considers, such as '^build-'",
            )
            for strategy in ("NewestBuild", "Lexical")
        ],
        *[
            (
                warehouse(imageSelectionStrategy=strategy, allowTagsRegexes=["^b"], constraint=constraint),
                f"warehouse.constraint: {NO_CONSTRAINT.format(strategy)}",
            )
            for strategy in ("NewestBuild", "Lexical")
            for constraint in (">=1", "edge")
        ],
        (
            warehouse(imageSelectionStrategy="NewestBuild", allowTagsRegexes=["."]),
            "warehouse.allowTagsRegexes[0]: matches the tag 'latest', which is not a version; "
            r"write one such as '^v\d+$'",
        ),
        (warehouse(constraint="edge"), f"warehouse.constraint: {NOT_SEMVER}"),
        (
            warehouse(ignoreTagsRegexes=["("]),
            "warehouse.ignoreTagsRegexes[0]: not a regular expression in Go's syntax: a parenthesis is not closed; "
            r"write one such as '^v\d+$'",
        ),
        (
            warehouse(platform="amd64"),
            "warehouse.platform: not a platform; write os/architecture, such as linux/amd64",
        ),
        (followed(constraint=None), "warehouse.constraint: missing; add the tag that Kargo follows, such as edge"),
        *[
            (
                followed(constraint=constraint),
                "warehouse.constraint: not a tag; write letters, digits and - _ . only, such as edge",
            )
            for constraint in ("edge:1", ">=10")
        ],
        (followed(allowTagsRegexes=["^e"]), f"warehouse.allowTagsRegexes: {NOT_WITH_DIGEST}"),
        (followed(ignoreTagsRegexes=["^e"]), f"warehouse.ignoreTagsRegexes: {NOT_WITH_DIGEST}"),
        (followed(cacheByTag=True), f"warehouse.cacheByTag: {NOT_WITH_DIGEST}"),
        # The reference.
        (
            followed(reference=None),
            "reference: never changes with the strategy Digest; set digest or tagAndDigest",
        ),
        (
            pipeline(reference="tagAndDigest", warehouse={"cacheByTag": True}),
            "warehouse.cacheByTag: hides a tag that is pushed again; remove it, or set reference: tag",
        ),
        (pipeline(shard="West"), f"shard: {NOT_A_NAME}"),
    ],
)
def test_rules_of_a_pipeline_that_would_mislead_are_refused(changes, line):
    assert lines(changes) == [f"pipelines[0].{line}"]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (stage(requiredSoakTime="30m"), f"{STAGE}.requiredSoakTime: {WITHOUT_UPSTREAM}"),
        (stage(availabilityStrategy="All"), f"{STAGE}.availabilityStrategy: {WITHOUT_UPSTREAM}"),
        (
            second(availabilityStrategy="any"),
            f"{SECOND}.availabilityStrategy: not an allowed value; write 'OneOf' or 'All'",
        ),
        (
            stage(selectionPolicy="MatchUpstream", autoPromotion=True),
            f"{STAGE}.selectionPolicy: {WITHOUT_UPSTREAM}",
        ),
        (
            second(selectionPolicy="MatchUpstream"),
            f"{SECOND}.selectionPolicy: has no effect without auto-promotion; add autoPromotion: true",
        ),
        (
            stages(DEV, {"name": "qa"}, {**BOTH, "selectionPolicy": "MatchUpstream", "autoPromotion": True}),
            "pipelines[0].stages[2].selectionPolicy: MatchUpstream needs exactly one upstream Stage; write "
            "NewestFreight",
        ),
        (
            second(requiredSoakTime="1d"),
            f"{SECOND}.requiredSoakTime: not a duration; write hours, minutes and seconds, such as 5m, 1h30m or 1.5h",
        ),
        (
            stage(autoPromotionInProduction=True),
            f"{STAGE}.autoPromotionInProduction: has no effect; add autoPromotion: true, or remove it",
        ),
        (
            stage(pullRequest={"labels": ["deploy"]}),
            f"{STAGE}.pullRequest: has no effect; set promoteBy: pullRequest, or remove it",
        ),
        (
            stages({**OPENS, "pullRequest": {"title": "{tag} for {team}"}}),
            f"{STAGE}.pullRequest.title: contains a brace that is not a placeholder; write one of {{app}}, "
            "{environment}, {stage}, {tag}, or no brace",
        ),
        (
            stages({**OPENS, "pullRequest": {"title": "${{ secret('x') }}"}}),
            f"{STAGE}.pullRequest.title: contains {{{{ or ${{%, which External Secrets or Kargo would evaluate; "
            "remove it",
        ),
        (
            stage(imagesFile="{team}.json"),
            f"{STAGE}.imagesFile: contains a brace that is not a placeholder; write one of {{app}}, "
            "{environment}, {pipeline}, {stage}, or no brace",
        ),
        (
            stage(imagesFile="../{app}.json"),
            f"{STAGE}.imagesFile: not below the repository's root; write a relative path, such as "
            ".env-files/images.json",
        ),
        (stage(httpCheck={"successExpression": "true"}), f"{STAGE}.httpCheck.url: missing; add it"),
        (stage(httpCheck={"url": f"http://robot:{PLANTED}@h/"}), f"{STAGE}.httpCheck.url: {CREDENTIALS}"),
        (stage(httpCheck={"url": "http://h/a b"}), f"{STAGE}.httpCheck.url: {ABOUT_URL}"),
        (
            stage(httpCheck={"url": "http://h/", "retry": {"timeout": "0s"}}),
            f"{STAGE}.httpCheck.retry.timeout: zero; write a longer duration, such as 5m",
        ),
        (
            stage(httpCheck={"url": "http://h/", "retry": "1m"}),
            f"{STAGE}.httpCheck.retry: {NO_MAPPING}",
        ),
        (
            stage(httpCheck={"url": "http://h/", "retry": {"errorThreshold": 3}}),
            f"{STAGE}.httpCheck.retry.errorThreshold: unknown key; write one of: timeout",
        ),
        (stage(argoCD={}), f"{STAGE}.argoCD.apps: missing; add it"),
        (stage(argoCD={"apps": []}), f"{STAGE}.argoCD.apps: empty; write at least one entry"),
        (stage(argoCD={"apps": ["backstage"]}), f"{STAGE}.argoCD.apps[0]: {NO_MAPPING}"),
        (stage(argoCD={"apps": [{"namespace": "argocd"}]}), f"{STAGE}.argoCD.apps[0].name: missing; add it"),
        (
            stage(argoCD={"apps": [{"name": "backstage"}, {"name": "nextjs", "namespace": "Argo"}]}),
            f"{STAGE}.argoCD.apps[1].namespace: {NOT_A_NAME}",
        ),
        (stage(verification={}), f"{STAGE}.verification.analysisTemplates: missing; add it"),
        (
            stage(verification={"analysisTemplates": []}),
            f"{STAGE}.verification.analysisTemplates: empty; write at least one entry",
        ),
        (stage(verification={"analysisTemplates": [NULL]}), f"{STAGE}.verification.analysisTemplates[0]: {EMPTY}"),
        (
            stage(verification={"analysisTemplates": ["smoke"]}),
            f"{STAGE}.verification.analysisTemplates[0]: {NO_MAPPING}",
        ),
        (
            stage(verification={"analysisTemplates": [{"kind": "AnalysisTemplate"}]}),
            f"{STAGE}.verification.analysisTemplates[0].name: missing; add it",
        ),
        (
            stage(verification={"analysisTemplates": [{"name": "smoke", "kind": "ClusterTemplate"}]}),
            f"{STAGE}.verification.analysisTemplates[0].kind: not an allowed value; write 'AnalysisTemplate' or "
            "'ClusterAnalysisTemplate'",
        ),
        (verified(args=[{"name": "url"}]), f"{STAGE}.verification.args[0].value: missing; add it"),
        (
            verified(args=[{"name": "url", "value": 1}]),
            f"{STAGE}.verification.args[0].value: not text; put it in quotes",
        ),
        (verified(args={"url": "x"}), f"{STAGE}.verification.args: not a list; write `- ` lines below it"),
        (
            stage(publish=True),
            f"{STAGE}.publish: publishTo is missing; add it, or remove publish",
        ),
    ],
)
def test_a_stage_that_would_not_do_what_it_says_is_refused(changes, line):
    assert lines(changes) == [line]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"publishTo": GHCR},
            "publishTo: no Stage publishes; add publish: true to a Stage, or remove publishTo",
        ),
        (published(login=None), "publishTo.login: missing; add a login that may push images"),
        (
            published(login={"password": {"from": "idpbuilder"}}),
            "publishTo.login.password.from: idpbuilder is a login for Gitea only; write azureKeyVault or stack",
        ),
        (
            {
                **stage(publish=True),
                "publishTo": {
                    "kind": "gitea",
                    "host": "gitea.cnoe.localtest.me:8443",
                    "owner": "GiteaAdmin",
                    "login": GHCR["login"],
                },
            },
            "publishTo: the same as registry; write another registry or owner",
        ),
    ],
)
def test_images_that_would_be_published_to_nowhere_are_refused(changes, line):
    assert lines(changes, secrets=SECRETS) == [line]


def test_two_stages_that_wait_for_each_other_are_fed_only_where_one_upstream_is_enough():
    after, before = {"name": "a", "upstream": ["dev", "b"]}, {"name": "b", "upstream": ["a"]}
    assert load(stages(DEV, after, before)).stack
    assert lines(stages(DEV, {**after, "availabilityStrategy": "All"}, before)) == [
        f"pipelines[0].stages[{i}].upstream: {CYCLE}" for i in (1, 2)
    ]


def test_published_images_need_a_password_of_their_own():
    (line,) = lines(published(), secrets={"giteaPassword": "planted"})
    assert line.startswith(
        "publishPassword: missing, required for the Secret of publishTo.login; run: pulumi config set"
    )


@pytest.mark.parametrize("other", [{}, {"autoPromotionInProduction": False}])
def test_a_production_stage_that_promotes_automatically_needs_both_keys(other):
    changes = stages({"name": "prod", "autoPromotion": True, **other})
    assert lines(changes, "prod", {}) == [
        f"{STAGE}.autoPromotion: promotes to production automatically; add autoPromotionInProduction: true, or remove "
        "autoPromotion"
    ]
    twice = stages({"name": "prod", "autoPromotion": True, "autoPromotionInProduction": True})
    assert load(twice, "prod", {}).stack.pipelines[0].stages[0].auto_promotion


def test_two_stages_may_write_one_key_in_different_files_or_branches():
    two = stages({"name": "a", "environment": "x"}, {"name": "b", "environment": "x", "branch": "env/b"})
    assert load(two).stack.pipelines
    assert load({**stages({"name": "a", "environment": "x"}, {"name": "b", "environment": "x"}), **A_FILE_EACH}).stack


@pytest.mark.parametrize(
    "changes",
    [
        warehouse(imageSelectionStrategy="NewestBuild", allowTagsRegexes=["^b-"], ignoreTagsRegexes=["latest"]),
        warehouse(
            imageSelectionStrategy="Lexical", allowTagsRegexes=["^20"], platform="linux/arm64/v8", cacheByTag=True
        ),
        warehouse(constraint=">=10"),
        warehouse(imageSelectionStrategy="SemVer", constraint="^1.2 || ~2.3.4"),
        followed(),
        followed(reference="tagAndDigest", constraint="latest"),
        second(requiredSoakTime="90m", availabilityStrategy="All"),
        second(availabilityStrategy="OneOf", selectionPolicy="NewestFreight"),
        second(autoPromotion=True, selectionPolicy="MatchUpstream"),
        stages({**OPENS, "pullRequest": {"title": "{app} {tag}", "labels": ["a b"], "merge": True, "timeout": "72h"}}),
        stage(
            httpCheck={
                "url": "http://backstage.svc:7007/healthcheck",
                "successExpression": "response.body.status == 'ok'",
                "failureExpression": "response.status == 500",
                "retry": {"timeout": "1m"},
            }
        ),
        stage(argoCD={"apps": [{"name": "backstage"}, {"name": "nextjs", "namespace": "argocd-apps"}]}),
        verified(),
        verified(
            analysisTemplates=[{"name": "smoke", "kind": "AnalysisTemplate"}, {"name": "load.tests", "kind": CLUSTER}],
            args=[{"name": "freight", "value": "${{ ctx.targetFreight.name }}"}, {"name": "url", "value": "http://x/"}],
        ),
        pipeline(shard="west"),
    ],
)
def test_other_ways_to_promote_are_accepted(changes):
    assert load(changes).stack.pipelines


def test_publishing_is_accepted():
    assert load(published(), secrets=SECRETS).stack.publish_account
