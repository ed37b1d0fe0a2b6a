"""Receivers, ProjectConfig, Warehouse and Stages as pure values."""

import hashlib
from typing import Any

import pytest

from components.kargo_project import confirmed
from kargo.project_config import project_config_spec, refresh_token
from kargo.receivers import Receiver, pushed_tag, receivers
from kargo.stage import stage_spec
from kargo.steps import promotion_steps
from kargo.warehouse import warehouse_spec
from model.pipeline import Pipeline, Stage, Warehouse
from sandbox.standins.controllers.kargo.project_config import project_config_status
from tests.program import SECRET, run
from tests.unit.values import GHCR, GITEA, GITHUB_REPOSITORY, REPOSITORY, stack


def pipeline(*stages: Stage, **fields: Any) -> Pipeline:
    """Return a pipeline with these Stages, by default one that is called `dev`."""
    return Pipeline(name="backstage", image="backstage-cnoe", stages=stages or (Stage(name="dev"),), **fields)


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


def test_policies_name_the_stages_that_promote_by_themselves_and_no_others():
    stages = (Stage(name="dev", auto_promotion=True), Stage(name="prod", upstream=("dev",)))
    assert project_config_spec("project", [pipeline(*stages)], ())["promotionPolicies"] == [
        {"stageSelector": {"name": "backstage-dev"}, "autoPromotionEnabled": True}
    ]


def test_a_refresh_token_changes_with_any_path_and_does_not_contain_it():
    paths = {"a": "/generic/abc", "b": "/gitea/def"}
    token = refresh_token(paths)
    assert token == refresh_token(dict(reversed(paths.items())))
    assert token != refresh_token({**paths, "b": "/gitea/xyz"})
    assert not any(part in token for part in ("abc", "def"))


def test_reported_paths_are_confirmed_or_refused_without_being_shown():
    paths = {"a": "/generic/abc"}
    assert confirmed(paths, {"webhookReceivers": [{"name": "a", "path": "/generic/abc"}]}) == paths
    for status in (None, {}, {"webhookReceivers": [{"name": "a", "path": "/generic/other"}]}):
        with pytest.raises(Exception, match="computed one for: a") as error:
            confirmed(paths, status)
        assert "abc" not in str(error.value)


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
    rules = Warehouse(allow_tags_regexes=("^r",), semver_constraint=">=10", discovery_limit=7, interval="24h")
    spec = warehouse_spec(pipeline(warehouse=rules), GITEA)
    image = image_of(spec)
    assert spec["interval"] == "24h0m0s"
    assert (image["allowTagsRegexes"], image["constraint"], image["discoveryLimit"]) == (["^r"], ">=10", 7)


def test_tls_verification_is_off_only_where_the_registry_says_so():
    insecure = GITEA.model_copy(update={"insecure_skip_tls_verify": True})
    assert image_of(warehouse_spec(pipeline(), insecure))["insecureSkipTLSVerify"] is True


def test_a_push_stage_clones_updates_commits_and_pushes():
    steps = promotion_steps(Stage(name="dev"), "backstage", "h/o/i", REPOSITORY)
    assert [step["uses"] for step in steps] == ["git-clone", "json-update", "git-commit", "git-push"]
    (update,) = steps[1]["config"]["updates"]
    assert update == {"key": "dev.backstage", "value": 'h/o/i:${{ imageFrom("h/o/i").Tag }}'}
    assert steps[1]["config"]["path"] == "./gitops/env/images.json"


def test_every_step_behind_the_commit_runs_only_after_the_one_before_succeeded():
    steps = promotion_steps(Stage(name="dev", promote_by="pullRequest"), "backstage", "h/o/i", REPOSITORY)
    behind = steps[3:]
    assert [step["uses"] for step in behind] == ["git-push", "git-open-pr", "git-wait-for-pr"]
    assert [step["if"] for step in behind] == [
        f"${{{{ status('{name}') == 'Succeeded' }}}}" for name in ("commit", "push", "open-pr")
    ]
    assert behind[1]["config"]["provider"] == "gitea"


def test_a_stage_takes_freight_from_its_upstream_or_straight_from_the_warehouse():
    dev, prod = Stage(name="dev"), Stage(name="prod", upstream=("dev",))
    whole = pipeline(dev, prod)

    def freight(stage: Stage) -> dict[str, Any]:
        (requested,) = stage_spec(stage, whole, GITEA, REPOSITORY)["requestedFreight"]
        return dict(requested)

    assert freight(dev) == {"origin": {"kind": "Warehouse", "name": "backstage"}, "sources": {"direct": True}}
    assert freight(prod)["sources"] == {"stages": ["backstage-dev"]}
