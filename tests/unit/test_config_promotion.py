"""Settings of a promotion that would have no effect or mislead: one line each."""

from typing import Any

import pytest

from tests.program import merged
from tests.unit.configuration import NULL, PLANTED, lines, load, pipeline, stages, warehouse

DEV, OPENS = {"name": "dev"}, {"name": "dev", "promoteBy": "pullRequest"}
STAGE, SECOND = "pipelines[0].stages[0]", "pipelines[0].stages[1]"
GITEA = {"kind": "gitea", "host": "gitea.example", "owner": "team"}
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
    return {**stage(publish=True), "publishTo": merged(GHCR, keys), **VERIFIED}


BOTH = {"name": "prod", "upstream": ["dev", "qa"]}
A_FILE_EACH = {"gitOps": {"imagesFile": "{stage}.json"}}
CREDENTIALS = "contains credentials; remove them, and write the login of a repository in `login`"
VERIFIED = {"registry": {"insecureSkipTLSVerify": False}}
LINK_LOCAL = "a link-local address, to which Kargo never connects; write another host"
NO_CHARACTER = "contains a character that no URL contains; percent-encode it, such as %20 for a space"
OTHER_NAME = "not the name in an image index, so no image matches; write {} there, as Go does"
NOT_GO = "not a GOOS/GOARCH of Go, so no image matches; write os/architecture, such as linux/amd64"
NO_VARIANT = "a variant that no image has; remove it, or write one such as linux/arm/v7"
NO_LABEL = (
    "not a Kubernetes label value; write at most 63 letters, digits and - _ . , starting and ending with a letter or "
    "digit"
)
NOT_A_NAME = (
    "not a Kubernetes name; write at most 63 lower-case letters, digits and '-', starting and ending with a letter "
    "or digit"
)
CYCLE = "a cycle that no Freight can enter; remove upstream from one of its Stages"
CLUSTER = "ClusterAnalysisTemplate"
ALSO = (
    "also applies to {} when Kargo copies an image, since oci-push has one setting for both; remove it, and configure "
    "the CA in Kargo (chart value controller.cabundle)"
)
OR_SET = ", or set {}.insecureSkipTLSVerify: true too"
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
        *[
            (
                warehouse(platform=platform),
                "warehouse.platform: not a platform; write os/architecture, such as linux/amd64",
            )
            for platform in ("amd64", "linux", "linux/arm/v7/x", "linux/", "")
        ],
        *[
            (
                warehouse(platform=platform),
                f"warehouse.platform: {OTHER_NAME.format(name)}",
            )
            for platform, name in {
                "linux/aarch64": "arm64",
                "linux/x86_64": "amd64",
                "linux/armv7": "arm/v7",
                "linux/i386": "386",
                "macos/arm64": "darwin",
                "x86_64": "amd64",
            }.items()
        ],
        *[
            (warehouse(platform=platform), f"warehouse.platform: {NOT_GO}")
            for platform in ("linux/sparc", "Linux/amd64", "linux/AMD64", "amd64/linux", "linux/amd64 ", "ubuntu/amd64")
        ],
        *[
            (warehouse(platform=platform), f"warehouse.platform: {NO_VARIANT}")
            for platform in ("linux/arm/7", "linux/s390x/v1", "linux/arm64/", "linux/arm64/v8l")
        ],
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
        *[
            (pipeline(**{key: value}), f"{key}: {NO_LABEL}")
            for key in ("shard", "backstageComponent")
            for value in ("-eu", "eu.", "a b", "a/b", "é", "a" * 64, "_", "")
        ],
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
            second(requiredSoakTime="0s"),
            f"{SECOND}.requiredSoakTime: zero; remove it, since Freight need not soak then",
        ),
        (
            stages({**OPENS, "pullRequest": {"timeout": "0m"}}),
            f"{STAGE}.pullRequest.timeout: zero; write a longer duration, or remove it to wait without a limit",
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
            "{environment}, {pipeline}, {stage}, {tag}, or no brace",
        ),
        (
            {"gitOps": {"message": "chore({team}): {tag}"}},
            "gitOps.message: contains a brace that is not a placeholder; write one of {app}, {environment}, "
            "{pipeline}, {stage}, {tag}, or no brace",
        ),
        *[
            ({"gitOps": {"message": text}}, f"gitOps.message: {problem}")
            for text, problem in {
                "": "empty; write a value, or remove the key",
                "{app}\n{tag}": "contains a line break or another invisible character; write one line of visible text",
                "${{ secret('x') }}": "contains {{ or ${%, which External Secrets or Kargo would evaluate; remove it",
                "{tag} ${% 1 %}": "contains {{ or ${%, which External Secrets or Kargo would evaluate; remove it",
            }.items()
        ],
        (
            stages({**OPENS, "pullRequest": {"description": "table"}}),
            f"{STAGE}.pullRequest.description: not an allowed value; write 'commitMessage' or 'details'",
        ),
        (
            stages({**OPENS, "pullRequest": {"mergeMethod": "squash"}}),
            f"{STAGE}.pullRequest.mergeMethod: has no effect; add merge: true, or remove it",
        ),
        *[
            (
                stages({**OPENS, "pullRequest": {"merge": True, "mergeMethod": method}}),
                f"{STAGE}.pullRequest.mergeMethod: not an allowed value; write 'merge', 'squash', 'rebase', "
                "'rebase-merge' or 'fast-forward-only'",
            )
            for method in ("manually-merged", "Squash", "fast-forward")
        ],
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
        *[
            (stage(httpCheck={"url": f"http://h{rest}"}), f"{STAGE}.httpCheck.url: {NO_CHARACTER}")
            for rest in ("/a b", "/?a=b c", "/%zz", "/é", "/?x={a}", "/a|b", "/?x=%")
        ],
        *[
            (stage(httpCheck={"url": url}), f"{STAGE}.httpCheck.url: {ABOUT_URL}")
            for url in (
                "http://",
                "http:///x",
                "http://h:0/",
                "http://a_b/",
                "http://10.0.0.300/",
                "http://2852039166/",
            )
        ],
        *[
            (stage(httpCheck={"url": f"http://{host}/latest/meta-data/?x=y"}), f"{STAGE}.httpCheck.url: {LINK_LOCAL}")
            for host in (
                *("169.254.169.254", "169.254.0.1:8080", "[fe80::1]", "[FE80::1]:80", "[febf::1]"),
                *("[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]"),
            )
        ],
        (
            stage(httpCheck={"url": "http://h/#ready"}),
            f"{STAGE}.httpCheck.url: contains a fragment, which no server receives; remove it",
        ),
        (
            stage(httpCheck={"url": "http://h/", "successExpression": "response.status = 200"}),
            f"{STAGE}.httpCheck.successExpression: wrong at character 17: = does not compare; write ==",
        ),
        (
            stage(httpCheck={"url": "http://h/", "failureExpression": "response.status"}),
            f"{STAGE}.httpCheck.failureExpression: gives a whole number, not true or false; compare it, such as "
            "response.status == 200",
        ),
        (
            stage(httpCheck={"url": "http://h/", "retry": {"timeout": "0s"}}),
            f"{STAGE}.httpCheck.retry.timeout: zero; write how long Kargo repeats the request, such as 5m",
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
        *[
            (
                stage(argoCD={"apps": [{"name": "a"}, {"name": "b"}, {"name": "a", **more}]}),
                f"{STAGE}.argoCD.apps[2]: the same as apps[0]; remove one",
            )
            for more in ({}, {"namespace": "argocd"})
        ],
        *[
            (
                verified(analysisTemplates=[{"name": "smoke"}, {"name": "smoke", **more}]),
                f"{STAGE}.verification.analysisTemplates[1]: the same as analysisTemplates[0]; remove one",
            )
            for more in ({}, {"kind": "AnalysisTemplate"})
        ],
        (
            verified(args=[{"name": "url", "value": "a"}, {"name": "url", "value": "b"}]),
            f"{STAGE}.verification.args[1]: the same as args[0]; remove one",
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
        # One setting for both registries.
        (
            {**published(), "registry": {}},
            f"registry.insecureSkipTLSVerify: {ALSO.format('publishTo')}",
        ),
        (
            {**published(**GITEA), "registry": {}},
            f"registry.insecureSkipTLSVerify: {ALSO.format('publishTo')}{OR_SET.format('publishTo')}",
        ),
        (
            published(**GITEA, insecureSkipTLSVerify=True),
            f"publishTo.insecureSkipTLSVerify: {ALSO.format('registry')}{OR_SET.format('registry')}",
        ),
        # What a registry's images must be called.
        (
            merged(
                published(**{**GITEA, "owner": "o" * 40}), pipeline(image="a" * 220, stages=[{**DEV, "publish": True}])
            ),
            "pipelines[0].image: longer than 255 characters with its owner; write a shorter name",
        ),
    ],
)
def test_images_that_would_be_published_to_nowhere_are_refused(changes, line):
    assert lines(changes, secrets=SECRETS) == [line]


@pytest.mark.parametrize("method", ["rebase-merge", "fast-forward-only"])
def test_github_does_not_have_every_merge_method(method):
    opens = {"name": "prod", "environment": "production", "promoteBy": "pullRequest"}
    changes = stages({**opens, "pullRequest": {"merge": True, "mergeMethod": method}})
    assert load(changes).stack
    assert lines(changes, "prod") == [
        f"{STAGE}.pullRequest.mergeMethod: not a merge method of GitHub; write 'merge', 'squash' or 'rebase'"
    ]


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
        *(
            pipeline(**{key: value})
            for key in ("shard", "backstageComponent")
            for value in ("west", "eu_1.b", "EU-1", "1", "a" * 63)
        ),
        *(
            warehouse(platform=platform)
            for platform in (
                "linux/amd64",
                "linux/arm/v7",
                "windows/amd64",
                "linux/arm64/v8",
                "linux/amd64/v3",
                "wasi/wasm",
            )
        ),
        # What equals the default.
        followed(
            cacheByTag=False, ignoreTagsRegexes=[], allowTagsRegexes=[r"^v\d+$"], discoveryLimit=20, interval="5m"
        ),
        stage(
            autoPromotion=False,
            autoPromotionInProduction=False,
            availabilityStrategy="OneOf",
            branch="main",
            environment="dev",
            promoteBy="push",
            publish=False,
            pullRequest={"title": "{environment}: {app} {tag}", "labels": [], "merge": False},
            selectionPolicy="NewestFreight",
            upstream=[],
        ),
        verified(
            analysisTemplates=[{"name": "smoke"}, {"name": "smoke", "kind": CLUSTER}],
            args=[{"name": "a", "value": "x"}, {"name": "b", "value": "x"}],
        ),
        stage(argoCD={"apps": [{"name": "a"}, {"name": "a", "namespace": "other"}]}),
    ],
)
def test_other_ways_to_promote_are_accepted(changes):
    assert load(changes).stack.pipelines


def test_publishing_is_accepted():
    assert load(published(), secrets=SECRETS).stack.publish_account


def test_publishing_without_verification_is_accepted_if_both_registries_say_so():
    changes = {**published(**GITEA, insecureSkipTLSVerify=True), "registry": {}}
    assert load(changes, secrets=SECRETS).stack.publish_account


@pytest.mark.parametrize(
    "url",
    [
        "http://h/health?verbose=true&x=a%20b",
        "http://h?x=1",
        "http://h/health/",
        "http://h",
        "http://h/a//b;c=1,2/@me:ready/(x)/~u/$1?q=/a?b&c=[]".replace("[]", "*"),
        "https://h:8443/%C3%A9?next=http://other/",
        "http://backstage.svc:7007/healthcheck?probe=a@b",
        "http://10.0.0.1/",
        "http://169.253.255.255/",
        "http://[fec0::1]/",
        "http://[::1]:7007/ready",
        "http://1.2.3.4.example/",
    ],
)
def test_a_check_requests_its_url_as_it_is_written(url):
    (stage_,) = load(stage(httpCheck={"url": url})).stack.pipelines[0].stages
    assert stage_.http_check
    assert stage_.http_check.url == url
