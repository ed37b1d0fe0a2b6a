"""The wait for ExternalSecrets: when a sync is requested, and the reason of a failure."""

import copy
import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from clients.cluster import AbsentError, Cluster, NotAllowedError
from clients.connection import ServiceError
from clients.external_secrets import ExternalSecrets, SyncError
from clients.sync_failure import reason, store_reason

NAMESPACE = "/apis/external-secrets.io/v1/namespaces/backstage"
SECRET, STORE = f"{NAMESPACE}/externalsecrets/credentials-git", f"{NAMESPACE}/secretstores/azurekv"
ACCOUNT = "/api/v1/namespaces/backstage/serviceaccounts/azurekv"
ISSUER = "/.well-known/openid-configuration"
STARTED = datetime.datetime(2026, 8, 1, 12, 0, 0, tzinfo=datetime.UTC)
NO_SUBJECT = (
    "AADSTS700213: No matching record for presented assertion subject 'system:serviceaccount:backstage:azurekv'."
)

Change = Callable[["World"], None]


def condition(status: str | None, message: str = "could not get secret data from provider") -> dict[str, Any]:
    found = [{"type": "Ready", "status": status, "message": message}] if status else []
    return {"conditions": found}


def event(uid: str, message: str, at: str = "12:00:01") -> dict[str, Any]:
    about = {"uid": uid}
    return {"type": "Warning", "involvedObject": about, "message": message, "lastTimestamp": f"2026-08-01T{at}Z"}


class World(Cluster):
    """A cluster in memory and a clock; `at` changes the cluster at a second of the wait."""

    def __init__(self, secret: str | None = None, store: str | None = "True") -> None:
        super().__init__("", "memory")
        reference = {"kind": "SecretStore", "name": "azurekv"}
        data = [{"secretKey": "password", "remoteRef": {"key": "gitops"}}]
        vault = {"vaultUrl": "https://v.vault.azure.net", "serviceAccountRef": {"name": "azurekv"}}
        annotations = {"azure.workload.identity/client-id": "2222", "azure.workload.identity/tenant-id": "1111"}
        self.objects: dict[str, Any] = {
            SECRET: {
                "metadata": {"uid": "of-the-secret", "namespace": "backstage", "generation": 2},
                "spec": {"secretStoreRef": reference, "data": data},
                "status": condition(secret),
            },
            STORE: {
                "metadata": {"uid": "of-the-store", "namespace": "backstage"},
                "spec": {"provider": {"azurekv": vault}},
                "status": condition(store, "unable to create client"),
            },
            ACCOUNT: {"metadata": {"annotations": annotations}},
            ISSUER: {"issuer": "https://oidc.example.com/"},
        }
        self.events: dict[str, list[dict[str, Any]]] = {"backstage": [], "default": []}
        self.at: dict[float, Change] = {}
        self.when_annotated: dict[str, Change] = {}
        self.requested: list[tuple[str, int]] = []
        self.seconds = 0.0

    def get(self, what: str, path: str) -> dict[str, Any]:
        if "/events?" in path:
            namespace, uid = path.split("/")[4], re.findall(r"uid%3D([^,]+)", path)[0]
            return {"items": [one for one in self.events[namespace] if one["involvedObject"]["uid"] == uid]}
        return self.read(what, path)

    def read(self, what: str, path: str) -> dict[str, Any]:
        found = self.objects.get(path, AbsentError(what))
        if isinstance(found, ServiceError):
            raise found
        return copy.deepcopy(found)

    def annotate(self, what: str, path: str, annotations: Mapping[str, str]) -> None:
        assert annotations.keys() == {"force-sync"}
        self.requested.append((path, round(self.seconds)))
        self.when_annotated.get(path, lambda world: None)(self)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for when in [when for when in self.at if when <= self.seconds]:
            self.at.pop(when)(self)


def synced(world: World) -> None:
    bound = {"binding": {"name": "credentials-git-1"}, "syncedResourceVersion": "2-0a1b"}
    world.objects[SECRET]["status"] = {**condition("True"), **bound}


def stored(status: str) -> Change:
    return lambda world: world.objects[STORE].update(status=condition(status, "unable to create client"))


def failed(world: World) -> None:
    world.objects[SECRET]["status"] = condition("False")


@pytest.fixture
def wait(monkeypatch) -> Callable[[World], None]:
    """Return the wait in a world, with the world's clock."""

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> "Clock":
            return cls.fromtimestamp(STARTED.timestamp(), tz)

    def run(world: World) -> None:
        monkeypatch.setattr("clients.external_secrets.Cluster", lambda *_: world)
        monkeypatch.setattr("clients.external_secrets.time.monotonic", lambda: world.seconds)
        monkeypatch.setattr("clients.external_secrets.time.sleep", world.sleep)
        monkeypatch.setattr("clients.external_secrets.datetime.datetime", Clock)
        ExternalSecrets("", "memory", "backstage").wait({"credentials-git": "credentials-git-1"})

    return run


def test_a_sync_that_succeeds_is_not_requested(wait):
    world = World()
    world.at = {2.0: synced}
    wait(world)
    assert (world.requested, round(world.seconds)) == ([], 2)


def test_a_secret_with_a_fixed_name_must_be_synced_since_the_last_change(wait):
    world = World()
    synced(world)
    world.objects[SECRET]["metadata"]["generation"] = 12
    world.at = {1.0: lambda world: world.objects[SECRET]["status"].update(syncedResourceVersion="1-0a1b")}
    world.at[3.0] = lambda world: world.objects[SECRET]["status"].update(syncedResourceVersion="12-0a1b")
    wait(world)
    assert round(world.seconds) == 3


def test_after_an_old_failure_store_and_secret_are_synced_at_once(wait):
    """External Secrets itself would try again after minutes."""
    world = World("False", store="False")
    world.when_annotated = {STORE: stored("True"), SECRET: synced}
    wait(world)
    assert (world.requested, round(world.seconds)) == ([(STORE, 0), (SECRET, 0)], 0)


def test_the_secret_is_synced_only_with_a_store_that_is_ready(wait):
    world = World("False", store="False")
    world.at, world.when_annotated = {4.0: stored("True")}, {SECRET: synced}
    wait(world)
    assert world.requested == [(STORE, 0), (SECRET, 4)]


def test_before_up_gives_up_it_requests_another_sync(wait):
    world = World()
    world.at, world.when_annotated = {3.0: failed}, {SECRET: synced}
    wait(world)
    assert world.requested == [(STORE, 15), (SECRET, 15)]


def test_a_failure_is_told_within_half_a_minute(wait):
    world = World()
    world.at = {10.0: failed}
    world.events["backstage"] = [event("of-the-secret", "lookup v.vault.azure.net: no such host", "12:00:10")]
    with pytest.raises(
        SyncError, match=r"^ExternalSecret 'credentials-git': no server has the name of https://v\.vault"
    ):
        wait(world)
    assert world.seconds < 30


def test_a_store_that_this_user_may_not_change_or_read_is_no_error(wait):
    world = World("False")
    world.objects[SECRET]["spec"]["secretStoreRef"] = {"kind": "ClusterSecretStore", "name": "x"}
    world.objects["/apis/external-secrets.io/v1/clustersecretstores/x"] = NotAllowedError("no")
    world.when_annotated = {SECRET: synced}
    wait(world)
    assert world.requested == [(SECRET, 0)]


def test_what_nobody_handles_is_told_after_a_minute(wait):
    world = World(store=None)
    with pytest.raises(SyncError, match="External Secrets has not handled it in 60 s; check that its controller runs"):
        wait(world)
    assert round(world.seconds) == 60


def test_a_vault_that_does_not_answer_is_told_within_half_a_minute(wait):
    """Until the request has failed, after two minutes, the ExternalSecret shows nothing (External Secrets 2.9)."""
    world = World()
    with pytest.raises(
        SyncError, match=r"in 30 s; check vaultUrl .* the cluster can reach https://v\.vault\.azure\.net"
    ):
        wait(world)
    assert round(world.seconds) == 30


def test_of_a_store_of_somebody_else_an_answer_is_awaited_for_a_minute(wait):
    world = World()
    world.objects[SECRET]["spec"]["secretStoreRef"] = {"kind": "ClusterSecretStore", "name": "x"}
    world.objects["/apis/external-secrets.io/v1/clustersecretstores/x"] = NotAllowedError("no")
    with pytest.raises(SyncError, match="External Secrets has not handled it in 60 s; check that its controller runs"):
        wait(world)


def told(world: World, since: datetime.datetime = STARTED) -> str:
    return reason(world, world.objects[SECRET], since)


def test_a_store_that_is_not_ready_is_the_reason_with_the_values_for_entra():
    world = World("False", store="False")
    world.events["backstage"] = [
        event("of-the-secret", 'SecretStore "azurekv" is not ready', "12:00:05"),
        event("of-the-store", NO_SUBJECT),
    ]
    assert told(world) == (
        "SecretStore 'azurekv': no federated credential of the identity 2222 has this ServiceAccount as subject; give "
        "the identity 2222 a federated credential with issuer https://oidc.example.com/, subject "
        f"system:serviceaccount:backstage:azurekv and audience api://AzureADTokenExchange ({NO_SUBJECT})"
    )
    assert store_reason(world, world.objects[STORE], STARTED) == told(world).removeprefix("SecretStore 'azurekv': ")


def test_with_a_store_that_is_ready_the_secrets_own_event_is_the_reason():
    world = World("False")
    world.events["backstage"] = [
        event("of-the-store", NO_SUBJECT, "12:00:05"),
        event("of-the-secret", '{"error":{"code":"Forbidden","innererror":{"code":"SecretDisabled"}}}'),
    ]
    assert told(world).startswith("the secret 'gitops' in https://v.vault.azure.net is disabled; enable")


def test_the_newest_event_is_told_and_an_old_one_with_its_time():
    world = World("False")
    world.events["backstage"] = [
        event("of-the-secret", "second", "11:59:58"),
        event("of-the-secret", "first", "11:00:00"),
    ]
    assert told(world) == "second"
    minutes_later = STARTED + datetime.timedelta(minutes=2)
    assert told(world, minutes_later).startswith("second; reported at 2026-08-01 11:59:58 UTC and perhaps outdated")
    world.events["backstage"].append({**event("of-the-secret", "third"), "lastTimestamp": None})
    world.events["backstage"][-1]["eventTime"] = "2026-08-01T12:01:59.123456Z"
    assert told(world, minutes_later) == "third"


def test_the_events_of_a_store_of_the_cluster_are_in_the_default_namespace():
    world = World("False")
    world.objects[SECRET]["spec"]["secretStoreRef"] = {"kind": "ClusterSecretStore", "name": "x"}
    store = {**world.objects[STORE], "metadata": {"uid": "of-the-cluster"}, "status": condition("False")}
    world.objects["/apis/external-secrets.io/v1/clustersecretstores/x"] = store
    world.events["default"] = [event("of-the-cluster", "AADSTS7000222: expired.")]
    assert told(world).startswith(
        "ClusterSecretStore 'x': the client secret or certificate of the identity of the store"
    )


def test_without_an_event_the_condition_is_told():
    assert told(World("False")) == "not Ready: could not get secret data from provider"


@pytest.mark.parametrize("path", [STORE, ACCOUNT, ISSUER])
def test_what_this_user_may_not_read_is_left_out(path):
    world = World("False")
    world.objects[path] = NotAllowedError("no")
    world.events["backstage"] = [event("of-the-secret", NO_SUBJECT)]
    assert told(world).startswith("no federated credential of the identity ")
