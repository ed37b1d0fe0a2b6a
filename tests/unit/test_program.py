"""The whole program on mocks: the resources of each stack, their dependencies, and their secrets."""

import json
import secrets

import pulumi
import pytest

import tests.program
from components.dynamic import (
    cluster_identity,
    delivery_check,
    gitea_webhook,
    github_webhook,
    login_check,
    readiness,
    secret_sync,
    stack_id,
    webhook_secret,
)
from tests.program import PASSWORD, SECRET, WITH_PASSWORD, run, stack_values
from tests.recorder import Recorder

NEXTJS = {"name": "nextjs", "image": "nextjs", "stages": [{"name": "dev", "autoPromotion": True}]}


def test_dev_registers_one_of_everything_a_gitea_pipeline_needs():
    recorder = run("dev").recorder
    kinds = sorted(resource.type for resource in recorder.resources if resource.type != "pulumi:pulumi:Stack")
    assert kinds == sorted(
        [
            "pulumi:providers:kubernetes",
            "kargo-backstage:index:KargoProject",
            "kargo-backstage:index:GiteaCredentials",
            "kargo-backstage:index:BackstagePipeline",
            "kargo-backstage:index:GiteaWebhooks",
            "kubernetes:core/v1:Namespace",
            "kubernetes:core/v1:Secret",
            "kubernetes:kargo.akuity.io/v1alpha1:Project",
            "kubernetes:kargo.akuity.io/v1alpha1:ProjectConfig",
            "kubernetes:kargo.akuity.io/v1alpha1:Warehouse",
            "kubernetes:kargo.akuity.io/v1alpha1:PromotionTask",
            "kubernetes:kargo.akuity.io/v1alpha1:Stage",
            "kubernetes:external-secrets.io/v1:ExternalSecret",
            "kubernetes:external-secrets.io/v1:ExternalSecret",
            "pulumi-python:dynamic:ClusterIdentity",
            "pulumi-python:dynamic:ProjectReadiness",
            "pulumi-python:dynamic:ReceiversReadiness",
            "pulumi-python:dynamic:StackId",
            "pulumi-python:dynamic:SecretSync",
            "pulumi-python:dynamic:LoginCheck",
            "pulumi-python:dynamic:LoginCheck",
            "azure-native:keyvault:Secret",
            "pulumi-python:dynamic:GiteaWebhook",
            "pulumi-python:dynamic:DeliveryCheck",
        ]
    )


def test_a_vaults_secret_that_is_not_there_yet_has_no_version():
    without = {"azure-native:keyvault:Secret": {"properties": {"value": "planted"}}}
    assert len(run("dev", outputs=without).recorder.of_type("ExternalSecret")) == 2


def test_dev_has_no_ghcr_reference_and_prod_no_gitea_one():
    dev = json.dumps([r.inputs for r in run("dev").recorder.resources])
    prod = json.dumps([(r.type, r.name, r.inputs) for r in run("prod", secrets={}).recorder.resources])
    assert "gitea.cnoe.localtest.me:8443/giteaadmin/backstage-cnoe" in dev
    assert "ghcr.io" not in dev
    assert "ghcr.io/pittampalliorg/backstage-cnoe" in prod
    assert "gitea" not in prod.lower()


def test_prod_owns_no_key_vault_secret_and_promotes_nothing_automatically():
    recorder = run("prod", secrets={}).recorder
    assert recorder.of_type("Secret")[0].type == "kubernetes:core/v1:Secret"
    assert len(recorder.of_type("Secret")) == 1
    assert recorder.one("ProjectConfig").inputs["spec"]["promotionPolicies"] == []


def test_dev_promotes_its_stage_by_exact_name():
    policies = run("dev").recorder.one("ProjectConfig").inputs["spec"]["promotionPolicies"]
    assert policies == [{"stageSelector": {"name": "backstage-dev"}, "autoPromotionEnabled": True}]


def test_each_pipeline_adds_its_own_objects_and_one_policy():
    pipelines = [*stack_values("dev")["pipelines"], NEXTJS]
    before, after = run("dev").recorder, run("dev", {"pipelines": pipelines}).recorder
    known = {(resource.type, resource.name) for resource in before.resources}
    added = [resource for resource in after.resources if (resource.type, resource.name) not in known]
    assert sorted((resource.type.rpartition(":")[2], resource.name) for resource in added) == [
        ("DeliveryCheck", "gitea-delivery-nextjs"),
        ("PromotionPipeline", "nextjs"),
        ("Stage", "nextjs-stage-dev"),
        ("Warehouse", "nextjs-warehouse"),
    ]
    changed = [r.name for r in after.resources if r in added or r not in before.resources]
    # The git login is verified again: the new Stage's branch and images file may be others.
    assert sorted(set(changed) - {r.name for r in added}) == ["credentials-git-login", "kargo-config"]
    policies = after.one("ProjectConfig").inputs["spec"]["promotionPolicies"]
    assert [policy["stageSelector"]["name"] for policy in policies] == ["backstage-dev", "nextjs-dev"]


def test_backstages_pipeline_has_a_type_of_its_own_and_others_the_general_one():
    recorder = run("dev", {"pipelines": [*stack_values("dev")["pipelines"], NEXTJS]}).recorder
    assert recorder.one("BackstagePipeline").name == "backstage"
    assert recorder.one("PromotionPipeline").name == "nextjs"


def test_every_kubernetes_resource_uses_the_explicit_provider():
    for resource in run("dev").recorder.resources:
        if resource.type.startswith("kubernetes:"):
            assert "kubernetes-id" in resource.provider, resource.name


def test_the_provider_is_bound_to_the_stacks_context_and_goes_on_with_what_is_there():
    provider = run("dev").recorder.one("kubernetes").inputs
    assert provider["context"] == "kind-localdev"
    assert provider["enableSecretMutable"] == "true"
    assert provider["upsertExistingObjects"] == "true"


def test_nothing_of_the_machines_environment_is_an_input_of_the_provider(kubeconfig, monkeypatch):
    before = run("dev").recorder.one("kubernetes").inputs
    monkeypatch.setenv("KUBECONFIG", f"{kubeconfig}:/another")
    monkeypatch.setenv("PULUMI_K8S_ENABLE_PATCH_FORCE", "false")
    assert run("dev").recorder.one("kubernetes").inputs == before
    assert str(kubeconfig) not in json.dumps(before)


def test_a_context_that_is_missing_is_refused_with_the_current_one():
    with pytest.raises(Exception, match=r"kubernetes\.context: .*\(current context: 'kind-localdev'\)"):
        run("dev", {"kubernetes": {"context": "backstage-west"}})


def test_a_preview_needs_no_kubeconfig(monkeypatch, tmp_path):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    assert run("dev", preview=True).recorder.one("Warehouse")


class DryRuns(Recorder):
    """Answers a preview as the Kubernetes provider does: a new object has no id, and each time another uid (4.32)."""

    def new_resource(self, args):
        id_, outputs = super().new_resource(args)
        if args.typ.startswith("kubernetes:"):
            return "", {**outputs, "metadata": {**outputs["metadata"], "uid": secrets.token_hex()}}
        return id_, outputs


def test_a_preview_does_not_know_the_uid_of_a_new_object(monkeypatch):
    """Otherwise two previews of the same changes would differ."""
    monkeypatch.setattr(tests.program, "Recorder", DryRuns)
    recorder = run("dev", preview=True).recorder
    found = [recorder.one(kind).inputs["uid"] for kind in ("ProjectReadiness", "ReceiversReadiness")]
    assert [type(uid) for uid in found] == [pulumi.output.Unknown] * 2


def test_an_update_without_any_context_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    with pytest.raises(Exception, match=r"not in the kubeconfig \(no current context\); add it there"):
        run("dev")


def test_outputs_name_what_was_made_and_keep_urls_secret():
    result = run("dev")
    assert result.exports["namespace"] == "backstage"
    assert result.exports["warehouses"] == ["backstage"]
    assert result.exports["stages"] == {"backstage": ["backstage-dev"]}
    assert result.exports["images"] == {"backstage": "gitea.cnoe.localtest.me:8443/giteaadmin/backstage-cnoe"}
    assert result.secret_exports == {"webhookUrls"}
    assert result.exports["webhookSecrets"] == {}
    assert result.exports["webhookRegistration"]["gitea-packages"].startswith("managed")
    url = result.exports["webhookUrls"]["gitea-packages"]
    assert url.startswith("https://kargo-webhooks.cnoe.localtest.me:8443/generic/")


def test_no_secret_stands_in_a_plain_input():
    for resource in run("dev").recorder.resources:
        plain = {key: value for key, value in resource.inputs.items() if key not in resource.secret_inputs}
        assert PASSWORD not in json.dumps(plain), resource.name
        assert SECRET not in json.dumps(plain), resource.name
        assert "/generic/" not in json.dumps(plain), resource.name


def test_the_webhook_secret_is_labelled_and_has_the_one_key():
    secret = next(r for r in run("dev").recorder.of_type("Secret") if r.type.startswith("kubernetes"))
    assert secret.inputs["metadata"]["labels"] == {"kargo.akuity.io/cred-type": "generic"}
    assert secret.inputs["stringData"] == {"secret": SECRET}


def test_without_a_configured_secret_each_receiver_gets_a_generated_one():
    recorder = run("dev", secrets={"giteaPassword": PASSWORD}).recorder
    assert recorder.one("WebhookSecret").inputs["rotation"] == "1"
    secret = next(r for r in recorder.of_type("Secret") if r.type.startswith("kubernetes"))
    assert secret.inputs["stringData"] == {"secret": "generated"}


def test_no_hook_is_written_before_kargos_paths_were_compared():
    written: list[str] = []

    def differs(inputs):
        assert inputs["paths"].keys() == {"gitea-packages"}
        raise RuntimeError("planted")

    def write(inputs):
        written.append(inputs["name"])
        return {}

    kinds = {"ReceiversReadiness": differs, "GiteaWebhook": write}
    with pytest.raises(Exception, match="planted"):
        run("dev", outputs={f"pulumi-python:dynamic:{kind}": answer for kind, answer in kinds.items()})
    assert written == []


def test_registration_off_registers_no_hook_but_still_exports_the_url():
    result = run("dev", {"webhooks": {"registration": False}})
    assert not result.recorder.of_type("GiteaWebhook")
    assert result.exports["webhookUrls"]


def test_without_test_deliveries_nothing_is_sent():
    assert not run("dev", {"webhooks": {"testDelivery": False}}).recorder.of_type("DeliveryCheck")


def test_pull_requests_add_a_signed_receiver_and_its_hook():
    (pipeline,) = stack_values("dev")["pipelines"]
    stages = [{"name": "dev", "promoteBy": "pullRequest"}]
    recorder = run("dev", {"pipelines": [{**pipeline, "stages": stages}]}).recorder
    receivers = recorder.one("ProjectConfig").inputs["spec"]["webhookReceivers"]
    assert [sorted(r.keys() - {"name"})[0] for r in receivers] == ["generic", "gitea"]
    hooks = {hook.name: hook.inputs for hook in recorder.of_type("GiteaWebhook")}
    assert hooks["gitea-gitea-pull-requests"]["events"] == ["pull_request_only"]
    assert hooks["gitea-gitea-pull-requests"]["secret"] == SECRET
    assert hooks["gitea-gitea-packages"]["secret"] == ""


def test_another_source_rotation_or_vault_version_makes_other_secrets_that_are_waited_for():
    def names(changes: dict[str, object] | None = None, version: str = "1") -> set[str]:
        vault = {"azure-native:keyvault:Secret": {"properties": {"secretUriWithVersion": f"https://v/{version}"}}}
        recorder = run("dev", changes, outputs=vault).recorder
        external = [registered.inputs for registered in recorder.of_type("ExternalSecret")]
        found = {inputs["metadata"]["name"]: inputs["spec"]["target"]["name"] for inputs in external}
        assert recorder.one("SecretSync").inputs["secrets"] == found
        return set(found.values())

    password = {"key": "another"}
    assert names() == names()
    assert names().isdisjoint(names(version="2"))
    assert names().isdisjoint(names({"registry": {"login": {"password": password}}}))
    assert names().isdisjoint(names({"registry": {"login": {"password": {"rotation": 2}}}}))


def test_prod_exports_the_values_to_enter_in_github_by_hand():
    result = run("prod", secrets={"webhookSecret": SECRET})
    assert result.exports["webhookSecrets"] == {"github": SECRET}
    assert result.secret_exports == {"webhookUrls", "webhookSecrets"}
    by_hand = "by hand: event Packages at https://github.com/pittampalliorg"
    assert result.exports["webhookRegistration"] == {"github": by_hand}
    assert result.exports["webhookUrls"]["github"].startswith("https://kargo-webhooks.example.com/github/")


def test_a_short_webhook_secret_is_refused_without_showing_it():
    with pytest.raises(Exception, match="webhookSecret: shorter than 32 characters") as error:
        run("dev", secrets={"giteaPassword": PASSWORD, "webhookSecret": "hunter2-short"})
    assert "hunter2" not in str(error.value)


def test_a_dynamic_resource_has_every_input_that_its_provider_compares():
    """An input without a comparison never updates its resource; a comparison without its input is never true."""
    modules = (
        cluster_identity,
        delivery_check,
        gitea_webhook,
        github_webhook,
        login_check,
        readiness,
        secret_sync,
        stack_id,
        webhook_secret,
    )
    named = {name: kind for module in modules for name, kind in vars(module).items() if name.endswith("Provider")}
    providers = {name.removesuffix("Provider"): kind for name, kind in named.items()}
    pull_requests = {"pipelines": [{**NEXTJS, "stages": [{"name": "dev", "promoteBy": "pullRequest"}]}]}
    token = {"from": "azureKeyVault", "secretStore": "azure-keyvault-store", "key": "slack"}
    announced = {"notify": {"url": "https://slack.example/api", "token": token}}
    runs = [run("prod", secrets={"githubToken": PASSWORD})]
    runs += [run("dev", changes, secrets=WITH_PASSWORD) for changes in ({}, pull_requests, announced)]
    found = {kind: inputs for each in runs for kind, inputs in dynamic_inputs(each.recorder).items()}
    assert found.keys() == providers.keys() - {"", "Check"}
    for kind, inputs in found.items():
        compared = {*providers[kind].updating, *providers[kind].replacing}
        assert compared <= inputs, (kind, compared - inputs)
        # The login and the cluster are means. They change nothing in the resource.
        uncompared = inputs - compared
        means = {"__provider", "context", "kubeconfig", "caBundle", "value", "uid", "path", "githubUrl", "token"}
        assert uncompared <= means, (kind, uncompared)


def dynamic_inputs(recorder: Recorder) -> dict[str, set[str]]:
    dynamic = [resource for resource in recorder.resources if resource.type.startswith("pulumi-python:dynamic")]
    return {resource.type.rpartition(":")[2]: {*resource.inputs} for resource in dynamic}
