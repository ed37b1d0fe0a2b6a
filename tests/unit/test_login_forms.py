"""The resources of the whole program for each form of logins: each value reaches its own objects only."""

import json
from typing import Any

import pytest

from tests.logins import FORMS, PLANTED, PRIVATE_KEY, REGISTRY_PASSWORD
from tests.program import OTHER_PASSWORD, PASSWORD, SECRET, merged, run
from tests.recorder import Recorder

GIT_VAULT = {
    "from": "azureKeyVault",
    "secretStore": "azure-keyvault-store",
    "key": "gitops-token",
    "vault": {"resourceGroup": "backstage-dev", "name": "backstage-dev"},
}


def recorded(form: str, changes: dict[str, Any] | None = None) -> Recorder:
    """Run the program with a form of logins."""
    one = FORMS[form]
    return run(one.stack, {**one.changes, **(changes or {})}, one.secrets).recorder


def login_secrets(recorder: Recorder) -> dict[str, dict[str, str]]:
    """Return the content of the logins' Secrets, by name."""
    secrets = [r.inputs for r in recorder.of_type("Secret") if r.type.startswith("kubernetes")]
    return {s["metadata"]["name"]: s["stringData"] for s in secrets if "-webhook-" not in s["metadata"]["name"]}


def test_the_stacks_own_secrets_hold_each_logins_value_under_a_name_that_tells_nothing_of_it():
    recorder = recorded("stack")
    found = login_secrets(recorder)
    assert {name: (data["username"], data["password"]) for name, data in found.items()} == {
        "credentials-image-stack": ("puller", REGISTRY_PASSWORD),
        "credentials-git-stack": ("writer", OTHER_PASSWORD),
    }
    assert not recorder.of_type("ExternalSecret")
    assert not recorder.of_type("SecretSync")
    (hook,) = recorder.of_type("GiteaWebhook")
    assert (hook.inputs["username"], hook.inputs["password"]) == ("giteaadmin", PASSWORD)


def test_a_private_key_keeps_its_lines():
    (data,) = login_secrets(recorded("github-app-of-the-stack")).values()
    assert data["githubAppPrivateKey"] == PRIVATE_KEY


def test_only_what_external_secrets_makes_is_waited_for():
    recorder = recorded("github-app-of-the-stack")
    assert recorder.one("SecretSync").inputs["secrets"].keys() == {"credentials-image"}


def test_one_store_and_its_account_serve_both_credentials():
    recorder = recorded("workload-identity")
    assert recorder.one("SecretStore").inputs["metadata"]["name"] == "azurekv"
    assert recorder.one("ServiceAccount").inputs["metadata"]["name"] == "azurekv"
    stores = [external.inputs["spec"]["secretStoreRef"] for external in recorder.of_type("ExternalSecret")]
    assert stores == [{"kind": "SecretStore", "name": "azurekv"}] * 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tenantId", "33333333-3333-3333-3333-333333333333"),
        ("clientId", "33333333-3333-3333-3333-333333333333"),
        ("vaultUrl", "https://other.vault.azure.net"),
    ],
)
def test_another_identity_or_vault_makes_other_secrets_that_are_waited_for(key, value):
    password = FORMS["workload-identity"].changes["registry"]["login"]["password"]
    other = {**password, "workloadIdentity": {**password["workloadIdentity"], key: value}}
    login = {"login": {"username": "giteaadmin", "password": other}}
    before = recorded("workload-identity").one("SecretSync").inputs["secrets"]
    after = recorded("workload-identity", {"registry": login}).one("SecretSync").inputs["secrets"]
    assert after.keys() == before.keys()
    assert set(after.values()).isdisjoint(before.values())


def test_each_login_writes_its_own_secret_of_the_vault():
    changes = {"gitOps": {"login": {"username": "writer", "password": GIT_VAULT}}}
    secrets = {"giteaPassword": PASSWORD, "gitOpsPassword": OTHER_PASSWORD, "webhookSecret": SECRET}
    recorder = run("dev", changes, secrets).recorder
    vault = [r for r in recorder.of_type("Secret") if r.type.startswith("azure-native")]
    assert {r.name: (r.inputs["secretName"], r.inputs["properties"]["value"]) for r in vault} == {
        "credentials-key-vault": ("gitea-admin-password", PASSWORD),
        "credentials-git-key-vault": ("gitops-token", OTHER_PASSWORD),
    }


@pytest.mark.parametrize("form", FORMS)
def test_no_secret_stands_in_a_plain_input(form):
    for resource in recorded(form).resources:
        plain = {key: value for key, value in resource.inputs.items() if key not in resource.secret_inputs}
        text = json.dumps(plain)
        assert not [value for value in PLANTED if json.dumps(value)[1:-1] in text], resource.name


@pytest.mark.parametrize("form", FORMS)
def test_each_credential_has_one_object(form):
    recorder = recorded(form)
    made = [r.inputs["spec"]["target"]["template"]["metadata"]["labels"] for r in recorder.of_type("ExternalSecret")]
    made += [r.inputs["metadata"]["labels"] for r in recorder.of_type("Secret") if r.type.startswith("kubernetes")]
    types = sorted(labels["kargo.akuity.io/cred-type"] for labels in made)
    assert types == ["generic", "git", "image", *(["image"] if form == "published" else [])]


def test_the_stacks_own_vault_takes_roles_alone_cannot_be_purged_and_is_not_public():
    recorder = recorded("own-vault")
    vault = recorder.one("Vault").inputs
    assert (vault["resourceGroupName"], vault["vaultName"], vault["location"]) == (
        "backstage-dev",
        "backstage-dev",
        "westeurope",
    )
    properties = vault["properties"]
    assert properties["enableRbacAuthorization"] is True
    assert properties["enablePurgeProtection"] is True
    assert properties["publicNetworkAccess"] == "Disabled"
    assert properties["networkAcls"] == {"bypass": "AzureServices", "defaultAction": "Deny"}


def test_a_vault_is_public_only_where_the_stack_says_so():
    created = {"vault": {"create": {"publicAccess": True}}}
    changes = {"registry": {"login": {"password": created}}}
    form = FORMS["own-vault"]
    properties = run("dev", merged(form.changes, changes), form.secrets).recorder.one("Vault").inputs["properties"]
    assert (properties["publicNetworkAccess"], properties["networkAcls"]["defaultAction"]) == ("Enabled", "Allow")


def test_one_vault_serves_both_logins():
    form = FORMS["own-vault"]
    vault = form.changes["registry"]["login"]["password"]["vault"]
    other = {"from": "azureKeyVault", "secretStore": "azure-keyvault-store", "key": "gitops-token", "vault": vault}
    changes = merged(form.changes, {"gitOps": {"login": {"username": "writer", "password": other}}})
    secrets = {**form.secrets, "gitOpsPassword": OTHER_PASSWORD}
    recorder = run("dev", changes, secrets).recorder
    assert len([r for r in recorder.of_type("Secret") if r.type.startswith("azure-native")]) == 2
    assert recorder.one("Vault")
