"""Receivers, ProjectConfig, Warehouse and Stages as values."""

import hashlib
from collections.abc import Iterable
from typing import Any

import pytest

from kargo.commit_task import commit_task_spec
from kargo.other_systems import authorized_stages
from kargo.project import project_config_manifest, refresh_token
from kargo.promotion import promotion_steps
from kargo.receivers import Receiver, pushed_tag, receivers
from kargo.stage import stage_manifest
from kargo.warehouse import warehouse_manifest, warehouse_spec
from model.git_ops import GitOps
from model.pipeline import Pipeline
from model.registry import Registry
from model.stage import (
    AnalysisArgument,
    AnalysisTemplate,
    Application,
    ArgoCD,
    CheckRetry,
    HttpCheck,
    MergeMethod,
    PullRequest,
    Stage,
    Verification,
)
from model.warehouse import Warehouse
from sandbox.standins.controllers.kargo.project_config import project_config_status
from tests.program import SECRET, run
from tests.unit.values import GHCR, GITEA, GITHUB_REPOSITORY, REPOSITORY, stack

IMAGE = "gitea.example.com:8443/giteaadmin/backstage-cnoe"


def pipeline(*stages: Stage, **fields: Any) -> Pipeline:
    """Return a pipeline with these Stages, by default one that is called `dev`."""
    named: dict[str, Any] = {"image": "backstage-cnoe", **fields}
    return Pipeline(name="backstage", stages=stages or (Stage(name="dev"),), **named)


def image_of(spec: dict[str, Any]) -> dict[str, Any]:
    (subscription,) = spec["subscriptions"]
    image: dict[str, Any] = subscription["image"]
    return image


def test_a_path_is_the_kind_and_the_hash_of_project_name_and_secret():
    digest = hashlib.sha256(b"backstage" + b"gitea-packages" + b"s3cret").hexdigest()
    assert Receiver("gitea-packages", "generic").path("backstage", "s3cret") == f"/generic/{digest}"


def test_the_sandboxs_kargo_derives_the_same_path():
    live = {
        "metadata": {"namespace": "backstage", "generation": 1, "annotations": {"kargo.akuity.io/refresh": "t"}},
        "spec": {"webhookReceivers": [{"name": "r", "generic": {"secretRef": {"name": "s"}}}]},
    }
    status, problem = project_config_status(live, lambda _ns, _name: {"secret": "x"}, "http://h/base")
    assert problem is None
    assert status["webhookReceivers"][0]["path"] == "/base" + Receiver("r", "generic").path("backstage", "x")
    assert project_config_status({**live, "status": status}, lambda _ns, _name: {"secret": "y"}, "") == ({}, None)
    assert project_config_status(live, lambda _ns, _name: None, "")[1] == "receiver r has no secret"


@pytest.mark.parametrize(
    ("registry", "git_ops", "promote_by", "expected"),
    [
        (GITEA, REPOSITORY, "push", ["generic"]),
        (GITEA, REPOSITORY, "pullRequest", ["generic", "gitea"]),
        (GITEA, GITHUB_REPOSITORY, "pullRequest", ["generic", "github"]),
        (GHCR, GITHUB_REPOSITORY, "push", ["github"]),
        (GHCR, GITHUB_REPOSITORY, "pullRequest", ["github"]),
        (GHCR, REPOSITORY, "pullRequest", ["gitea", "github"]),
    ],
)
def test_each_stack_gets_the_receivers_it_needs(registry, git_ops, promote_by, expected):
    found = receivers(stack(registry, git_ops, pipeline(Stage(name="dev", promote_by=promote_by))))
    assert [receiver.kind for receiver in found] == expected
    assert len({receiver.name for receiver in found}) == len(found)


def test_one_action_refreshes_whichever_warehouse_subscribes_to_the_pushed_image():
    (receiver,) = receivers(stack(GITEA, REPOSITORY, pipeline()))
    spec = receiver.spec("project")
    assert spec["name"] == "gitea-packages"
    assert spec["generic"]["secretRef"] == {"name": "project-webhook-gitea-packages"}
    (action,) = spec["generic"]["actions"]
    assert action["whenExpression"] == pushed_tag("GiteaAdmin")
    assert "'giteaadmin'" in action["whenExpression"]
    (target,) = action["targetSelectionCriteria"]
    assert target["kind"] == "Warehouse"
    assert "name" not in target
    (index,) = target["indexSelector"]["matchIndices"]
    assert (index["key"], index["operator"]) == ("subscribedURLs", "Equals")


def test_policies_name_the_stages_that_promote_automatically_and_no_others():
    stages = (Stage(name="dev", auto_promotion=True), Stage(name="prod", upstream=("dev",)))
    config = project_config_manifest(stack(GITEA, REPOSITORY, pipeline(*stages)))
    assert config["spec"]["promotionPolicies"] == [
        {"stageSelector": {"name": "backstage-dev"}, "autoPromotionEnabled": True}
    ]


def test_a_refresh_token_changes_with_any_path_and_does_not_contain_it():
    paths = {"a": "/generic/abc", "b": "/gitea/def"}
    token = refresh_token(paths)
    assert token == refresh_token(dict(reversed(paths.items())))
    assert token != refresh_token({**paths, "b": "/gitea/xyz"})
    assert not any(part in token for part in ("abc", "def"))


def test_a_base_path_is_part_of_the_url():
    path = "/kargo" + Receiver("gitea-packages", "generic").path("backstage", SECRET)
    result = run("dev", {"kargo": {"webhooksBaseUrl": "https://h.example/kargo"}}, preview=True)
    assert result.exports["webhookUrls"]["gitea-packages"] == f"https://h.example{path}"


def test_a_warehouse_orders_v_tags_as_numbers():
    image = image_of(warehouse_spec(pipeline(), GITEA))
    assert image["repoURL"] == "gitea.example.com:8443/giteaadmin/backstage-cnoe"
    assert (image["imageSelectionStrategy"], image["strictSemvers"]) == ("SemVer", False)
    assert image.keys().isdisjoint({"insecureSkipTLSVerify", "constraint"})


def test_a_warehouse_passes_its_rules_on():
    rules = Warehouse(allow_tags_regexes=("^v",), constraint=">=10", discovery_limit=7, interval="24h")
    spec = warehouse_spec(pipeline(warehouse=rules), GITEA)
    image = image_of(spec)
    assert spec["interval"] == "24h0m0s"
    assert (image["allowTagsRegexes"], image["constraint"], image["discoveryLimit"]) == (["^v"], ">=10", 7)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (
            Warehouse(
                image_selection_strategy="NewestBuild", allow_tags_regexes=("^b-",), ignore_tags_regexes=("-rc$",)
            ),
            {
                "imageSelectionStrategy": "NewestBuild",
                "allowTagsRegexes": ["^b-"],
                "ignoreTagsRegexes": ["-rc$"],
            },
        ),
        (
            Warehouse(
                image_selection_strategy="Lexical",
                allow_tags_regexes=("^20",),
                platform="linux/arm64",
                cache_by_tag=True,
            ),
            {
                "imageSelectionStrategy": "Lexical",
                "allowTagsRegexes": ["^20"],
                "platform": "linux/arm64",
                "cacheByTag": True,
            },
        ),
        (
            Warehouse(image_selection_strategy="Digest", constraint="edge"),
            {"imageSelectionStrategy": "Digest", "constraint": "edge"},
        ),
    ],
)
def test_a_warehouse_selects_in_kargos_other_ways(rules, expected):
    reference = "digest" if rules.image_selection_strategy == "Digest" else "tag"
    image = image_of(warehouse_spec(pipeline(warehouse=rules, reference=reference), GITEA))
    common = {"repoURL": IMAGE, "strictSemvers": False, "discoveryLimit": 20}
    assert image == {**common, **expected}


def test_tls_verification_is_off_only_where_the_registry_says_so():
    insecure = GITEA.model_copy(update={"insecure_skip_tls_verify": True})
    assert image_of(warehouse_spec(pipeline(), insecure))["insecureSkipTLSVerify"] is True


def steps_of(stage: Stage, **fields: Any) -> list[dict[str, Any]]:
    """Return the steps of a pipeline's only Stage."""
    registry, publish_to = fields.pop("registry", GITEA), fields.pop("publish_to", None)
    only = pipeline(stage, **fields)
    spec = stage_manifest(stage, only, stack(registry, REPOSITORY, only, publish_to=publish_to))["spec"]
    found: list[dict[str, Any]] = spec["promotionTemplate"]["spec"]["steps"]
    return found


def variables_of(step: dict[str, Any]) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in step["vars"]}


def test_a_push_stage_leaves_the_commit_to_the_projects_task():
    (step,) = steps_of(Stage(name="dev"))
    assert step["task"] == {"name": "commit-image"}
    assert step.keys().isdisjoint({"if", "retry", "continueOnError"})
    variables = variables_of(step)
    assert (variables["branch"], variables["file"], variables["key"]) == ("main", "env/images.json", "dev.backstage")
    assert variables["reference"] == f'{IMAGE}:${{{{ imageFrom("{IMAGE}").Tag }}}}'
    first, *rest = variables["message"].split("\n")
    assert first == f'dev: backstage ${{{{ imageFrom("{IMAGE}").Tag }}}}'
    assert any("Digest[7:19]" in line for line in rest)
    assert "Stage: backstage-dev" in rest
    assert rest[-1] == "Freight: ${{ ctx.targetFreight.name[0:7] }}"


@pytest.mark.parametrize(
    ("reference", "written"),
    [
        ("digest", '@${{ imageFrom("I").Digest }}'),
        ("tagAndDigest", ':${{ imageFrom("I").Tag }}@${{ imageFrom("I").Digest }}'),
    ],
)
def test_a_digest_is_written_where_the_pipeline_says_so(reference, written):
    assert variables_of(steps_of(Stage(name="dev"), reference=reference)[0])["reference"] == IMAGE + written.replace(
        "I", IMAGE, 2
    )


def test_a_stages_own_branch_and_file_win_and_a_file_may_be_one_of_each():
    own = variables_of(steps_of(Stage(name="dev", branch="env/dev", images_file="{stage}/{environment}-{app}.json"))[0])
    assert (own["branch"], own["file"]) == ("env/dev", "dev/dev-backstage.json")


def test_the_task_tries_three_times_in_fresh_clones():
    task = commit_task_spec(REPOSITORY)
    assert [variable["name"] for variable in task["vars"]] == ["branch", "file", "key", "reference", "message"]
    assert len({step["as"] for step in task["steps"]}) == len(task["steps"])
    clones = [step for step in task["steps"] if step["uses"] == "git-clone"]
    pushes = [step for step in task["steps"] if step["uses"] == "git-push"]
    assert len({clone["config"]["checkout"][0]["path"] for clone in clones}) == len(pushes) == 3
    assert [push.get("continueOnError", False) for push in pushes] == [True, True, False]
    assert [clone.get("if") for clone in clones] == [
        None,
        "${{ status('push') in ['Errored', 'Failed'] }}",
        "${{ status('push') in ['Errored', 'Failed'] && status('push-1') in ['Errored', 'Failed'] }}",
    ]
    assert all("if" in step for step in task["steps"][1:])
    assert all(step["retry"]["errorThreshold"] == 5 for step in (*clones, *pushes))


def steps_by_name(steps: Iterable[Any]) -> dict[str, dict[str, Any]]:
    return {step["as"]: step for step in steps}


def test_a_file_is_read_before_it_is_written_and_after():
    for suffix, condition in (("", "clone"), ("-1", "clone-1"), ("-2", "clone-2")):
        steps = steps_by_name(commit_task_spec(REPOSITORY)["steps"])
        read, set_, verify, commit = (steps[f"{name}{suffix}"] for name in ("read", "set", "verify", "commit"))
        names = list(steps)
        assert names.index(read["as"]) < names.index(set_["as"]) < names.index(verify["as"]) < names.index(commit["as"])
        assert (read["uses"], verify["uses"]) == ("json-parse", "json-parse")
        assert read["config"]["path"] == set_["config"]["path"] == verify["config"]["path"]
        for step in (read, verify):
            assert step["if"] == f"${{{{ status('{condition}') == 'Succeeded' }}}}"
            (output,) = step["config"]["outputs"]
            assert output["fromExpression"].startswith('let at = split("${{ vars.key }}", ".");')
        assert '== "${{ vars.reference }}"' in verify["config"]["outputs"][0]["fromExpression"]
        assert commit["if"] == f"${{{{ status('verify{suffix}') == 'Succeeded' }}}}"
        # Only the second reading ends the Promotion, with the reason of the first.
        assert (read.get("continueOnError"), verify.get("continueOnError")) == (True, None)


def test_a_missing_file_is_created_and_no_other_is_replaced():
    steps = steps_by_name(commit_task_spec(REPOSITORY)["steps"])
    create, set_ = steps["create-file"], steps["set"]
    assert (create["uses"], create["if"]) == ("file-write", "${{ status('read') == 'Errored' }}")
    assert create["continueOnError"] is True
    assert create["config"] == {"path": set_["config"]["path"], "contents": "{}"}
    assert set_["if"] == "${{ status('read') == 'Succeeded' || status('create-file') == 'Succeeded' }}"
    assert "continueOnError" not in set_


def test_a_pull_request_has_the_same_steps_up_to_its_commit():
    of_task = commit_task_spec(REPOSITORY)["steps"]
    own = steps_of(Stage(name="dev", promote_by="pullRequest"))
    upto = [step["as"] for step in own].index("commit") + 1
    assert [(step["uses"], step["as"], step.get("if")) for step in own[:upto]] == [
        (step["uses"], step["as"], step.get("if")) for step in of_task[:upto]
    ]
    steps = steps_by_name(own)
    reference = f'{IMAGE}:${{{{ imageFrom("{IMAGE}").Tag }}}}'
    assert steps["set"]["config"]["updates"] == [{"key": "dev.backstage", "value": f'"{reference}"'}]
    (output,) = steps["verify"]["config"]["outputs"]
    assert f'== "{reference}"' in output["fromExpression"]
    assert 'split("dev.backstage", ".")' in output["fromExpression"]


def test_a_pull_request_has_its_title_and_labels_and_is_waited_for():
    wanted = PullRequest(title="Deploy {app} {tag}", labels=("deploy", "kargo"), timeout="72h")
    steps = {step["as"]: step for step in steps_of(Stage(name="dev", promote_by="pullRequest", pull_request=wanted))}
    opened = steps["open-pr"]["config"]
    assert opened["title"] == f'"Deploy backstage ${{{{ imageFrom("{IMAGE}").Tag }}}}"'
    assert (opened["labels"], opened["provider"], opened["targetBranch"]) == (["deploy", "kargo"], "gitea", "main")
    assert steps["push"]["config"]["generateTargetBranch"] is True
    assert steps["wait-for-pr"]["retry"]["timeout"] == "72h0m0s"
    assert [steps[name]["if"] for name in ("push", "open-pr", "wait-for-pr")] == [
        f"${{{{ status('{name}') == 'Succeeded' }}}}" for name in ("commit", "push", "open-pr")
    ]


def test_a_pull_request_may_be_merged_by_kargo():
    steps = steps_of(Stage(name="dev", promote_by="pullRequest", pull_request=PullRequest(merge=True)))
    assert (steps[-1]["uses"], steps[-1]["config"]["wait"]) == ("git-merge-pr", True)
    assert "labels" not in steps[-2]["config"]


def test_kargo_merges_with_the_method_of_the_stage_or_with_its_own():
    def merging(method: MergeMethod | None) -> dict[str, Any]:
        wanted = PullRequest(merge=True, merge_method=method)
        return dict(steps_of(Stage(name="dev", promote_by="pullRequest", pull_request=wanted))[-1]["config"])

    assert merging("squash") == {**merging(None), "mergeMethod": "squash"}
    assert "mergeMethod" not in merging(None)


def test_the_first_line_of_a_commit_message_is_the_teams_and_the_others_stay():
    team = "chore({pipeline}-{stage}): {environment} {app} {tag} [skip ci]"
    stage = Stage(name="dev", environment="development")
    only = pipeline(stage, app="web")
    repository = REPOSITORY.model_copy(update={"message": team})

    def message(wanted: GitOps, promote_by: str = "push") -> list[str]:
        one = stage.model_copy(update={"promote_by": promote_by})
        commit = steps_by_name(promotion_steps(one, only, stack(GITEA, wanted, only)))["commit"]
        return str((commit["config"] if "config" in commit else variables_of(commit))["message"]).split("\n")

    first, *rest = message(repository)
    assert first == f'chore(backstage-dev): development web ${{{{ imageFrom("{IMAGE}").Tag }}}} [skip ci]'
    assert rest == message(REPOSITORY)[1:]
    assert message(repository, "pullRequest") == [first, *rest]


DETAILS: dict[str, Any] = {"promote_by": "pullRequest", "pull_request": PullRequest(description="details")}


def description_of(stage: Stage, *stages: Stage, registry: Registry = GITEA, **fields: Any) -> list[str]:
    """Return the lines of the description of a pull request."""
    whole = pipeline(*stages, stage, **fields)
    steps = steps_by_name(promotion_steps(stage, whole, stack(registry, REPOSITORY, whole)))
    text = steps["open-pr"]["config"]["description"]
    assert text[0] == text[-1] == '"'
    return str(text[1:-1]).split("\n")


def test_the_details_of_a_pull_request_are_what_is_promoted_and_where_it_was_before():
    upstream = (Stage(name="dev"), Stage(name="qa"))
    prod = Stage(name="prod", upstream=("dev", "qa"), **DETAILS)
    tag = f'${{{{ imageFrom("{IMAGE}").Tag }}}}'
    assert description_of(prod, *upstream) == [
        f"- Image: `{IMAGE}`",
        f"- Tag: `{tag}` ([package](https://gitea.example.com:8443/GiteaAdmin/-/packages/container/backstage-cnoe/{tag}))",
        f'- Digest: `${{{{ imageFrom("{IMAGE}").Digest }}}}`',
        "- Freight: `${{ ctx.targetFreight.name }}`, alias `${{ ctx.targetFreight.alias }}`",
        "- Stage: `backstage-prod`",
        *(
            f"- Promoted to `backstage-{name}`: "
            f'${{{{ freightMetadata(ctx.targetFreight.name)?.["promoted-to-backstage-{name}"] '
            '?? "no time is recorded" }}'
            for name in ("dev", "qa")
        ),
    ]


@pytest.mark.parametrize(
    ("registry", "image", "page"),
    [
        (GITEA, "team/web", "https://gitea.example.com:8443/GiteaAdmin/-/packages/container/team%2Fweb/TAG"),
        (
            GITEA.model_copy(update={"root_url": "https://gitea.example.com:8443/gitea"}),
            "web",
            "https://gitea.example.com:8443/gitea/GiteaAdmin/-/packages/container/web/TAG",
        ),
        (GHCR.model_copy(update={"owner": "Team"}), "team/web", "https://ghcr.io/team/team/web"),
    ],
)
def test_the_details_lead_to_the_page_of_the_package(registry, image, page):
    tag = f'${{{{ imageFrom("{registry.image_repository(image)}").Tag }}}}'
    line = description_of(Stage(name="dev", **DETAILS), registry=registry, image=image)[1]
    assert line == f"- Tag: `{tag}` ([package]({page.replace('TAG', tag)}))"


def test_a_stage_records_its_promotions_only_for_the_details_of_a_downstream_stage():
    def last(dev: Stage, *downstream: Stage) -> str:
        whole = pipeline(dev, *downstream)
        return str(promotion_steps(dev, whole, stack(GITEA, REPOSITORY, whole))[-1]["as"])

    dev, published = Stage(name="dev"), Stage(name="dev", http_check=HttpCheck(url="https://h/ok"))
    prod = Stage(name="prod", upstream=("dev",), **DETAILS)
    assert (last(dev, prod), last(published, prod)) == ("record", "record")
    others = (Stage(name="qa", **DETAILS), Stage(name="prod", upstream=("dev",), promote_by="pullRequest"))
    assert last(dev, *others) == "commit"
    assert last(dev, Stage(name="qa", upstream=("dev",)), prod.model_copy(update={"upstream": ("qa",)})) == "commit"


def test_a_time_that_cannot_be_recorded_does_not_fail_the_promotion():
    whole = pipeline(Stage(name="dev"), Stage(name="prod", upstream=("dev",), **DETAILS))
    step = promotion_steps(whole.stages[0], whole, stack(GITEA, REPOSITORY, whole))[-1]
    assert (step["uses"], step["continueOnError"], "if" in step) == ("set-metadata", True, False)
    (update,) = step["config"]["updates"]
    assert (update["kind"], update["name"]) == ("Freight", '"${{ ctx.targetFreight.name }}"')
    assert list(update["values"]) == ["promoted-to-backstage-dev"]


def test_a_check_ends_the_promotion_with_expressions_and_a_timeout():
    check = HttpCheck(
        url="http://backstage.svc/healthcheck",
        failure_expression="response.status == 500",
        retry=CheckRetry(timeout="1m"),
    )
    steps = steps_of(Stage(name="dev", http_check=check))
    assert steps[-1]["uses"] == "http"
    assert steps[-1]["config"] == {
        "url": "http://backstage.svc/healthcheck",
        "successExpression": "response.status == 200",
        "failureExpression": "response.status == 500",
    }
    assert steps[-1]["retry"] == {"errorThreshold": 100, "timeout": "1m0s"}


def test_a_check_without_expressions_or_timeout_has_the_defaults():
    step = steps_of(Stage(name="dev", http_check=HttpCheck(url="https://h/ok")))[-1]
    assert step["config"] == {"url": "https://h/ok", "successExpression": "response.status == 200"}
    assert step["retry"]["timeout"] == "5m0s"


def test_other_steps_follow_the_commit_and_publishing_is_last():
    unverified = GITEA.model_copy(update={"insecure_skip_tls_verify": True})
    other = unverified.model_copy(update={"owner": "released"})
    apps = ArgoCD(apps=(Application(name="backstage"), Application(name="nextjs", namespace="argocd-apps")))
    stage = Stage(name="dev", argo_cd=apps, http_check=HttpCheck(url="https://h/ok"), publish=True)
    steps = steps_of(stage, registry=unverified, publish_to=other)
    assert [step.get("uses") for step in steps] == [None, "argocd-update", "http", "oci-push"]
    assert steps[1]["config"] == {
        "apps": [{"name": "backstage", "namespace": "argocd"}, {"name": "nextjs", "namespace": "argocd-apps"}]
    }
    assert steps[-1]["config"] == {
        "srcRef": f'{IMAGE}@${{{{ imageFrom("{IMAGE}").Digest }}}}',
        "destRef": f'gitea.example.com:8443/released/backstage-cnoe:${{{{ imageFrom("{IMAGE}").Tag }}}}',
        "insecureSkipTLSVerify": True,
    }


def test_a_stage_takes_freight_from_its_upstream_or_straight_from_the_warehouse():
    dev, prod = Stage(name="dev"), Stage(name="prod", upstream=("dev",))
    assert sources(dev, dev, prod) == {"direct": True}
    assert sources(prod, dev, prod) == {"stages": ["backstage-dev"]}


def test_a_stage_may_wait_for_all_upstream_stages_and_for_time():
    dev, qa = Stage(name="dev"), Stage(name="qa")
    prod = Stage(name="prod", upstream=("dev", "qa"), availability_strategy="All", required_soak_time="90m")
    assert sources(prod, dev, qa, prod) == {
        "stages": ["backstage-dev", "backstage-qa"],
        "availabilityStrategy": "All",
        "requiredSoakTime": "1h30m0s",
    }


def test_a_stage_may_follow_its_upstream_stage():
    dev = Stage(name="dev")
    prod = Stage(name="prod", upstream=("dev",), auto_promotion=True, selection_policy="MatchUpstream")
    assert sources(prod, dev, prod)["autoPromotionOptions"] == {"selectionPolicy": "MatchUpstream"}


def sources(stage: Stage, *stages: Stage) -> dict[str, Any]:
    whole = pipeline(*stages)
    (requested,) = stage_manifest(stage, whole, stack(GITEA, REPOSITORY, whole))["spec"]["requestedFreight"]
    assert requested["origin"] == {"kind": "Warehouse", "name": "backstage"}
    return dict(requested["sources"])


@pytest.mark.parametrize(
    ("verification", "expected"),
    [
        (
            Verification(analysis_templates=(AnalysisTemplate(name="smoke"),)),
            {"analysisTemplates": [{"name": "smoke", "kind": "AnalysisTemplate"}]},
        ),
        (
            Verification(
                analysis_templates=(
                    AnalysisTemplate(name="smoke", kind="AnalysisTemplate"),
                    AnalysisTemplate(name="load", kind="ClusterAnalysisTemplate"),
                ),
                args=(
                    AnalysisArgument(name="url", value="https://dev.example.com"),
                    AnalysisArgument(name="freight", value="${{ ctx.targetFreight.name }}"),
                ),
            ),
            {
                "analysisTemplates": [
                    {"name": "smoke", "kind": "AnalysisTemplate"},
                    {"name": "load", "kind": "ClusterAnalysisTemplate"},
                ],
                "args": [
                    {"name": "url", "value": "https://dev.example.com"},
                    {"name": "freight", "value": "${{ ctx.targetFreight.name }}"},
                ],
            },
        ),
    ],
)
def test_templates_verify_freight_if_the_stage_names_them(verification, expected):
    stage = Stage(name="dev", verification=verification)
    only = pipeline(stage)
    assert stage_manifest(stage, only, stack(GITEA, REPOSITORY, only))["spec"]["verification"] == expected


def test_a_stage_without_verification_has_none():
    only = pipeline()
    assert "verification" not in stage_manifest(only.stages[0], only, stack(GITEA, REPOSITORY, only))["spec"]


def test_a_shard_is_that_of_the_warehouse_and_of_its_stages():
    stage = Stage(name="dev")
    sharded = pipeline(stage, shard="west")
    assert stage_manifest(stage, sharded, stack(GITEA, REPOSITORY, sharded))["spec"]["shard"] == "west"
    assert warehouse_spec(sharded, GITEA)["shard"] == "west"
    assert "shard" not in warehouse_spec(pipeline(), GITEA)


def test_backstage_finds_the_warehouse_and_the_stages_of_its_component():
    def labels(one: Pipeline) -> list[dict[str, str] | None]:
        of = stack(GITEA, REPOSITORY, one)
        found = [warehouse_manifest(one, of), *(stage_manifest(stage, one, of) for stage in one.stages)]
        return [manifest["metadata"].get("labels") for manifest in found]

    stages = (Stage(name="dev"), Stage(name="qa", upstream=("dev",)))
    assert labels(pipeline(*stages, backstage_component="Shop")) == [{"backstage.io/kubernetes-id": "Shop"}] * 3
    assert labels(pipeline(*stages)) == [None] * 3


def test_an_application_authorizes_every_stage_that_syncs_it():
    a, other = Application(name="a"), Application(name="b", namespace="apps")
    stages = (
        Stage(name="dev", argo_cd=ArgoCD(apps=(a, other))),
        Stage(name="qa", argo_cd=ArgoCD(apps=(Application(name="a", namespace="argocd"),))),
        Stage(name="prod"),
    )
    assert authorized_stages(stack(GITEA, REPOSITORY, pipeline(*stages))) == {
        "argocd/a": "project:backstage-dev,project:backstage-qa",
        "apps/b": "project:backstage-dev",
    }
