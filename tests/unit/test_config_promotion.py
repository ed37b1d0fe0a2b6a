"""Ways to promote that Kargo would accept and never follow, or that say less than they must: one line each."""

from typing import Any

import pytest

from tests.program import merged
from tests.unit.configuration import NULL, PLANTED, lines, load, pipeline, stages, warehouse

DEV, OPENS = {"name": "dev"}, {"name": "dev", "promoteBy": "pullRequest"}
STAGE, SECOND = "pipelines[0].stages[0]", "pipelines[0].stages[1]"
GHCR = {"kind": "ghcr", "owner": "team", "login": {"username": "robot", "password": {"from": "stack"}}}
WITHOUT_UPSTREAM = "without upstream, whose Freight it is about; add that, or leave it out"
NO_EFFECT = "without effect; leave it out, or write select: {}"
NOT_FOLLOWED = "without effect where one tag is followed; leave it out"
ABOUT_URL = "not a URL; write https://host[:port]/path, with letters, digits and . _ ~ - in the path"


def stage(**keys: Any) -> dict[str, Any]:
    """Return the changes that give the one Stage these keys."""
    return stages({**DEV, **keys})


def second(**keys: Any) -> dict[str, Any]:
    """Return the changes that add a Stage behind the first."""
    return stages(DEV, {"name": "prod", "upstream": ["dev"], **keys})


def published(**keys: Any) -> dict[str, Any]:
    """Return the changes by which the one Stage publishes to GHCR."""
    return {**stage(publish=True), "publishTo": merged(GHCR, keys)}


BOTH = {"name": "prod", "upstream": ["dev", "qa"]}
A_FILE_EACH = {"gitOps": {"imagesFile": "{stage}.json"}}
CREDENTIALS = "carries credentials; write the URL without them and keep them under `login`"
NOT_A_NAME = (
    "not a Kubernetes name; write at most 63 lower-case letters, digits and '-', starting and ending with a letter "
    "or digit"
)
CYCLE = "a cycle that the Warehouse never feeds; let one of its Stages have no upstream"
SECRETS = {"giteaPassword": "planted", "publishPassword": "planted-too"}


def followed(reference: str | None = "digest", **rules: Any) -> dict[str, Any]:
    """Return the changes by which one tag is followed."""
    return pipeline(reference=reference, warehouse={"select": "digest", "tag": "edge", **rules})


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        # Which tags.
        (
            warehouse(select="newest"),
            "warehouse.select: not one of its values; write 'semver', 'newestBuild', 'digest' or 'lexical'",
        ),
        (
            warehouse(select="newestBuild"),
            "warehouse.allowTagsRegexes: missing; write which tags count, such as '^build-'",
        ),
        (
            warehouse(select="lexical", allowTagsRegexes=["^b"], semverConstraint=">=1"),
            f"warehouse.semverConstraint: {NO_EFFECT.format('semver')}",
        ),
        (
            warehouse(select="newestBuild", allowTagsRegexes=["."]),
            r"warehouse.allowTagsRegexes[0]: matches the tag 'latest', which is no version; write one such as '^v\d+$'",
        ),
        (warehouse(tag="edge"), f"warehouse.tag: {NO_EFFECT.format('digest')}"),
        (
            warehouse(ignoreTagsRegexes=["("]),
            "warehouse.ignoreTagsRegexes[0]: not a regular expression of Go: a parenthesis is not closed; write one "
            r"such as '^v\d+$'",
        ),
        (
            warehouse(platform="amd64"),
            "warehouse.platform: not a platform; write os/architecture, such as linux/amd64",
        ),
        (followed(tag=None), "warehouse.tag: missing; add the tag that is followed, such as edge"),
        (
            followed(tag="edge:1"),
            "warehouse.tag: not a tag; write letters, digits, - _ and . alone, such as edge",
        ),
        (followed(allowTagsRegexes=["^e"]), f"warehouse.allowTagsRegexes: {NOT_FOLLOWED}"),
        (followed(ignoreTagsRegexes=["^e"]), f"warehouse.ignoreTagsRegexes: {NOT_FOLLOWED}"),
        (followed(cacheByTag=True), f"warehouse.cacheByTag: {NOT_FOLLOWED}"),
        # What is written.
        (
            followed(reference=None),
            "reference: tag, which stays the same when one tag is followed; write digest or tagAndDigest",
        ),
        (
            pipeline(reference="tagAndDigest", warehouse={"cacheByTag": True}),
            "warehouse.cacheByTag: hides a tag that is pushed again; leave it out, or write reference: tag",
        ),
        (pipeline(shard="West"), f"shard: {NOT_A_NAME}"),
        (pipeline(formerly="Old"), f"formerly: {NOT_A_NAME}"),
        (
            pipeline(formerly="backstage"),
            "formerly: the name of a pipeline that is still there; write the former one",
        ),
    ],
)
def test_rules_of_a_pipeline_that_would_mislead_are_refused(changes, line):
    assert lines(changes) == [f"pipelines[0].{line}"]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (stage(soakTime="30m"), f"{STAGE}.soakTime: {WITHOUT_UPSTREAM}"),
        (stage(availability="all"), f"{STAGE}.availability: {WITHOUT_UPSTREAM}"),
        (stage(selection="matchUpstream", autoPromotion=True), f"{STAGE}.selection: {WITHOUT_UPSTREAM}"),
        (
            second(selection="matchUpstream"),
            f"{SECOND}.selection: without effect; add autoPromotion: true, or leave it out",
        ),
        (
            stages(DEV, {"name": "qa"}, {**BOTH, "selection": "matchUpstream", "autoPromotion": True}),
            "pipelines[0].stages[2].selection: matchUpstream with several upstream Stages; name one, or write newest",
        ),
        (
            second(soakTime="1d"),
            f"{SECOND}.soakTime: not a duration; write hours, minutes and seconds, such as 5m, 1h30m or 1.5h",
        ),
        (
            stage(autoPromotionInProduction=True),
            f"{STAGE}.autoPromotionInProduction: without autoPromotion, which it is the second word for",
        ),
        (
            stage(pullRequest={"labels": ["deploy"]}),
            f"{STAGE}.pullRequest: without effect; write promoteBy: pullRequest, or leave it out",
        ),
        (
            stages({**OPENS, "pullRequest": {"title": "{tag} for {team}"}}),
            f"{STAGE}.pullRequest.title: has a brace that is no placeholder; write one of {{app}}, {{environment}}, "
            "{stage}, {tag}, or no brace",
        ),
        (
            stages({**OPENS, "pullRequest": {"title": "${{ secret('x') }}"}}),
            f"{STAGE}.pullRequest.title: holds {{{{ or ${{%, which External Secrets or Kargo would evaluate; write it "
            "without",
        ),
        (
            stage(imagesFile="{team}.json"),
            f"{STAGE}.imagesFile: has a brace that is no placeholder; write one of {{app}}, {{environment}}, "
            "{pipeline}, {stage}, or no brace",
        ),
        (
            stage(imagesFile="../{app}.json"),
            f"{STAGE}.imagesFile: leaves the repository; write a path below its root, such as .env-files/images.json",
        ),
        (stage(formerly="dev"), f"{STAGE}.formerly: the name of a Stage that is still there; write the former one"),
        (stage(check={"success": "true"}), f"{STAGE}.check.url: missing; add it"),
        (stage(check={"url": f"http://robot:{PLANTED}@h/"}), f"{STAGE}.check.url: {CREDENTIALS}"),
        (stage(check={"url": "http://h/a b"}), f"{STAGE}.check.url: {ABOUT_URL}"),
        (
            stage(check={"url": "http://h/", "timeout": "0s"}),
            f"{STAGE}.check.timeout: zero; write how often to look, such as 5m",
        ),
        (stage(argoCd={"namespace": "argocd"}), f"{STAGE}.argoCd.app: missing; add it"),
        (stage(analysisTemplates=[NULL]), f"{STAGE}.analysisTemplates[0]: empty; write a value or leave the key out"),
        (
            stage(publish=True),
            f"{STAGE}.publish: there is no publishTo, where the image would go; add that, or leave it out",
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
            "publishTo: no Stage publishes; add publish: true to one, or leave it out",
        ),
        (published(login=None), "publishTo.login: missing, and images are written there; add it"),
        (
            published(login={"password": {"from": "idpbuilder"}}),
            "publishTo.login.password.from: idpbuilder, whose login is for its Gitea; write azureKeyVault or stack",
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
            "publishTo: the registry itself, where the image is already; write another, or another owner",
        ),
    ],
)
def test_images_that_would_be_published_to_nowhere_are_refused(changes, line):
    assert lines(changes, secrets=SECRETS) == [line]


def test_two_stages_that_wait_for_each_other_are_fed_only_where_one_upstream_is_enough():
    after, before = {"name": "a", "upstream": ["dev", "b"]}, {"name": "b", "upstream": ["a"]}
    assert load(stages(DEV, after, before)).stack
    assert lines(stages(DEV, {**after, "availability": "all"}, before)) == [
        f"pipelines[0].stages[{i}].upstream: {CYCLE}" for i in (1, 2)
    ]


def test_published_images_need_a_password_of_their_own():
    (line,) = lines(published(), secrets={"giteaPassword": "planted"})
    assert line.startswith(
        "publishPassword: missing, and needed for the Secret of publishTo.login; run: pulumi config set"
    )


@pytest.mark.parametrize("word", [{}, {"autoPromotionInProduction": False}])
def test_production_that_promotes_by_itself_says_so_twice(word):
    changes = stages({"name": "prod", "autoPromotion": True, **word})
    assert lines(changes, "prod", {}) == [
        f"{STAGE}.autoPromotion: promotes to production by itself; add autoPromotionInProduction: true, or leave it to "
        "people"
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
        warehouse(select="newestBuild", allowTagsRegexes=["^b-"], ignoreTagsRegexes=["latest"]),
        warehouse(select="lexical", allowTagsRegexes=["^20"], platform="linux/arm64/v8", cacheByTag=True),
        followed(),
        followed(reference="tagAndDigest", tag="latest"),
        second(soakTime="90m", availability="all"),
        second(autoPromotion=True, selection="matchUpstream"),
        stages({**OPENS, "pullRequest": {"title": "{app} {tag}", "labels": ["a b"], "merge": True, "timeout": "72h"}}),
        stage(check={"url": "http://backstage.svc:7007/healthcheck", "success": "response.body.status == 'ok'"}),
        stage(argoCd={"app": "backstage"}, analysisTemplates=["smoke"]),
        pipeline(formerly="old", shard="west"),
    ],
)
def test_other_ways_to_promote_are_accepted(changes):
    assert load(changes).stack.pipelines


def test_publishing_is_accepted():
    assert load(published(), secrets=SECRETS).stack.publish_sign_in
