"""The doctor's checks of a stack that reads a vault with an identity of its own."""

import copy
import datetime
from typing import Any

from kargo.manifests import manifests
from model.login import Login
from model.pipeline import Pipeline
from model.source import AzureKeyVaultSource, WorkloadIdentity
from model.stack import Stack
from model.stage import Stage
from ops.doctor import credentials, objects
from ops.doctor.finding import Finding
from tests.unit import values
from tests.unit.doctor import SECRETS, look, secret, subject

NAMESPACE = "/apis/external-secrets.io/v1/namespaces/project"
STORE, SECRET = f"{NAMESPACE}/secretstores/azurekv", f"{NAMESPACE}/externalsecrets/credentials-git"
EVENTS, ACCOUNT = "/api/v1/namespaces/project/events", "/api/v1/namespaces/project/serviceaccounts/azurekv"
IDENTITY = WorkloadIdentity(
    tenant_id="11111111-1111-1111-1111-111111111111",
    client_id="22222222-2222-2222-2222-222222222222",
    vault_url="https://backstage-dev.vault.azure.net",
)
NO_APPLICATION = "AADSTS700016: Application with identifier '2222' was not found in the directory 'Contoso'."


def of(**source: Any) -> Stack:
    """Return a stack whose logins read the vault."""
    password = AzureKeyVaultSource(source="azureKeyVault", key="gitops", workload_identity=IDENTITY, **source)
    login = Login(username="robot", password=password)
    registry = values.GITEA.model_copy(update={"login": login})
    git_ops = values.REPOSITORY.model_copy(update={"login": login})
    return values.stack(registry, git_ops, Pipeline(name="backstage", image="backstage", stages=(Stage(name="dev"),)))


def live(kind: str, name: str, status: str) -> dict[str, Any]:
    """Return an object of that stack with a condition."""
    found = next(m for m in manifests(of()) if (m["kind"], m["metadata"]["name"]) == (kind, name))
    condition = {"type": "Ready", "status": status, "message": "unable to create client"}
    changed: dict[str, Any] = {**copy.deepcopy(found), "status": {"conditions": [condition]}}
    changed["metadata"]["uid"] = f"of-{name}"
    return changed


def seen(name: str, minutes_ago: int, **others: Any) -> Finding:
    """Return a finding where the only event was reported some minutes ago."""
    at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=minutes_ago)
    event = {"message": NO_APPLICATION, "lastTimestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    found = {
        STORE: live("SecretStore", "azurekv", "False"),
        SECRET: live("ExternalSecret", "credentials-git", "False"),
        ACCOUNT: next(m for m in manifests(of()) if m["kind"] == "ServiceAccount"),
        EVENTS: {"items": [event]},
        **others,
    }
    return look(credentials.checks(subject(found, of())), name)


def test_a_store_that_is_not_ready_is_a_row_with_the_cause_and_the_fix():
    found = seen("SecretStore azurekv", 1)
    assert found.verdict == "failed"
    assert found.found == (
        f"the tenant {IDENTITY.tenant_id} does not contain the identity {IDENTITY.client_id}; correct the client ID "
        f"and the tenant ID of the store; the client ID is not the object ID ({NO_APPLICATION})"
    )
    assert "annotate secretstore azurekv force-sync=$(date +%s) --overwrite" in found.advice


def test_a_store_that_is_ready_is_fine_and_a_changed_one_is_not():
    ready = live("SecretStore", "azurekv", "True")
    assert seen("SecretStore azurekv", 1, **{STORE: ready}).verdict == "ok"
    ready["spec"]["provider"]["azurekv"]["useAzureSDK"] = False
    assert seen("SecretStore azurekv", 1, **{STORE: ready}).found == "spec.provider.azurekv.useAzureSDK differs"


def test_an_external_secret_tells_the_cause_of_its_store():
    assert seen("GitOps repository ExternalSecret", 1).found.startswith("SecretStore 'azurekv': the tenant 1111")


def test_an_old_reason_is_told_with_its_time():
    assert "perhaps outdated" in seen("SecretStore azurekv", 20).found
    assert "perhaps outdated" not in seen("SecretStore azurekv", 4).found


def test_a_store_has_one_row():
    assert [name for name, _ in objects.checks(subject(of=of())) if name.startswith("SecretStore")] == []
    assert [name for name, _ in credentials.checks(subject(of=of())) if "Store" in name] == ["SecretStore azurekv"]


def test_a_username_of_the_vault_may_be_any():
    def verdict(stack: Stack, username: str) -> str:
        data = {"repoURL": "https://gitea.example.com/o/r.git", "username": username, "password": "p"}
        found = {SECRETS: {"items": [secret("s", data)]}}
        return look(credentials.checks(subject(found, stack)), "GitOps repository Secret").verdict

    both = of(value_property="password", username_property="username")
    assert [verdict(both, "of-the-vault"), verdict(both, ""), verdict(of(), "of-the-vault")] == [
        "ok",
        "failed",
        "failed",
    ]
