"""Receivers, Warehouse and Stages as pure values."""

import hashlib
from typing import Any

import pulumi
import pytest
from components.stage import GitOpsRepository, Stage, promotion_steps, stage_spec
from components.warehouse import warehouse_spec
from components.webhook_receivers import Receiver, package_push_expression, receivers
from registries import GhcrRegistry, GiteaRegistry

from components.kargo_project import confirm_paths, refresh_token
from sandbox.standins.controllers.kargo import project_config_status
from tests.program import SECRET, run

GITEA = GiteaRegistry("gitea.example.com:8443", "GiteaAdmin", "backstage")
GHCR = GhcrRegistry("team", "backstage")
REPOSITORY = GitOpsRepository("gitea", "https://gitea.example.com/o/r.git", "main", "env/images.json", "backstage")
RULES: dict[str, Any] = {
    "interval": "5m0s",
    "allow_tags_regexes": ("^v",),
    "semver_constraint": None,
    "discovery_limit": 20,
}


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
    ("registry", "provider", "by_pull_request", "expected"),
    [
        (GITEA, "gitea", False, ["generic"]),
        (GITEA, "gitea", True, ["generic", "gitea"]),
        (GITEA, "github", True, ["generic", "github"]),
        (GHCR, "github", False, ["github"]),
        (GHCR, "github", True, ["github"]),
        (GHCR, "gitea", True, ["github", "gitea"]),
    ],
)
def test_each_pipeline_gets_the_receivers_it_needs(registry, provider, by_pull_request, expected):
    found = receivers(registry, "backstage", provider, by_pull_request)
    assert [receiver.kind for receiver in found] == expected
    assert len({receiver.name for receiver in found}) == len(found)


def test_a_generic_receiver_targets_exactly_the_pipelines_warehouse():
    (receiver,) = receivers(GITEA, "backstage", "gitea", False)
    spec = receiver.spec("project")
    assert spec["name"] == "gitea-packages"
    assert spec["generic"]["secretRef"] == {"name": "project-webhook-gitea-packages"}
    (action,) = spec["generic"]["actions"]
    assert action["targetSelectionCriteria"] == [{"kind": "Warehouse", "name": "backstage"}]
    assert action["whenExpression"] == package_push_expression(GITEA)
    assert "'giteaadmin'" in action["whenExpression"]


def test_a_refresh_token_changes_with_any_path_and_does_not_contain_it():
    paths = {"a": "/generic/abc", "b": "/gitea/def"}
    token = refresh_token(paths)
    assert token == refresh_token(dict(reversed(paths.items())))
    assert token != refresh_token({**paths, "b": "/gitea/xyz"})
    assert not any(part in token for part in ("abc", "def"))


def test_reported_paths_are_confirmed_or_refused_without_being_shown():
    paths = {"a": "/generic/abc"}
    assert confirm_paths(paths, {"webhookReceivers": [{"name": "a", "path": "/generic/abc"}]}) == paths
    for status in (None, {}, {"webhookReceivers": [{"name": "a", "path": "/generic/other"}]}):
        with pytest.raises(pulumi.RunError, match="computed one for: a") as error:
            confirm_paths(paths, status)
        assert "abc" not in str(error.value)


def test_a_base_path_is_part_of_path_and_url():
    path = "/kargo" + Receiver("gitea-packages", "generic").path("backstage", SECRET)
    status = {"status": {"webhookReceivers": [{"name": "gitea-packages", "path": path}]}}
    result = run(
        "dev",
        {"kargo": {"webhooksBaseUrl": "https://h.example/kargo"}},
        outputs={"kubernetes:kargo.akuity.io/v1alpha1:ProjectConfig": status},
        preview=True,
    )
    assert result.exports["webhookPaths"]["gitea-packages"] == path
    assert result.exports["webhookUrls"]["gitea-packages"] == f"https://h.example{path}"


def test_a_warehouse_orders_v_tags_as_numbers():
    (subscription,) = warehouse_spec(GITEA, **RULES)["subscriptions"]
    image = subscription["image"]
    assert image["repoURL"] == "gitea.example.com:8443/giteaadmin/backstage"
    assert (image["imageSelectionStrategy"], image["strictSemvers"]) == ("SemVer", False)
    assert "insecureSkipTLSVerify" not in image
    assert "constraint" not in image


def test_tls_verification_is_off_only_where_the_registry_says_so():
    insecure = GiteaRegistry("h", "o", "i", insecure_skip_tls_verify=True)
    assert warehouse_spec(insecure, **RULES)["subscriptions"][0]["image"]["insecureSkipTLSVerify"] is True


def test_a_push_stage_clones_updates_commits_and_pushes():
    steps = promotion_steps(Stage("dev", "dev"), "h/o/i", REPOSITORY)
    assert [step["uses"] for step in steps] == ["git-clone", "json-update", "git-commit", "git-push"]
    (update,) = steps[1]["config"]["updates"]
    assert update == {"key": "dev.backstage", "value": 'h/o/i:${{ imageFrom("h/o/i").Tag }}'}
    assert steps[1]["config"]["path"] == "./gitops/env/images.json"


def test_every_step_behind_the_commit_runs_only_after_the_one_before_succeeded():
    steps = promotion_steps(Stage("dev", "dev", promote_by="pullRequest"), "h/o/i", REPOSITORY)
    assert [step["uses"] for step in steps[3:]] == ["git-push", "git-open-pr", "git-wait-for-pr"]
    assert [step["if"] for step in steps[3:]] == [
        f"${{{{ status('{name}') == 'Succeeded' }}}}" for name in ("commit", "push", "open-pr")
    ]
    assert steps[4]["config"]["provider"] == "gitea"


def test_a_stage_takes_freight_from_its_upstream_or_straight_from_the_warehouse():
    def sources(upstream: tuple[str, ...]):
        stage = Stage("s", "s", upstream=upstream)
        return stage_spec(stage, "w", "h/o/i", REPOSITORY)["requestedFreight"][0]["sources"]

    assert sources(()) == {"direct": True}
    assert sources(("dev",)) == {"stages": ["dev"]}
