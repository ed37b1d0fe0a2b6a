"""The identity of the cluster: a plain `up` on another cluster is refused, and `up --refresh` continues."""

from typing import Any

import pytest

import clients.cluster
from clients.cluster import NotAllowedError, UnreachableClusterError
from clients.connection import ServiceError
from components.dynamic.cluster_identity import ClusterIdentityProvider
from components.dynamic.delivery_check import DeliveryCheckProvider, PullRequestDeliveryCheckProvider
from components.dynamic.login_check import LoginCheckProvider
from components.dynamic.secret_sync import SecretSyncProvider
from tests.one_resource import OneResource
from tests.program import WITH_PASSWORD, run
from tests.unit.test_program import NEXTJS

PROPS = {"context": "kind", "kubeconfig": "", "uid": None}
REFUSED = NotAllowedError("namespace 'kube-system' cannot be read (403 Forbidden)")
SILENT = UnreachableClusterError("the cluster cannot be reached (MaxRetryError)")


class Clusters:
    """Answers with the uid, or raises the error, of a context; keeps the seconds that each question waits."""

    def __init__(self) -> None:
        self.uids: dict[str, str | ServiceError] = {"kind": "first"}
        self.waits: list[float] = []

    def of(self, api: Any) -> str:
        self.waits.append(api._timeout)
        found = self.uids[api._context]
        if isinstance(found, ServiceError):
            raise found
        return found


@pytest.fixture
def clusters(monkeypatch: pytest.MonkeyPatch) -> Clusters:
    known = Clusters()
    monkeypatch.setattr(clients.cluster.Cluster, "uid", lambda api: known.of(api))  # noqa: PLW0108 - a method of the class
    return known


@pytest.fixture
def identity(clusters: Clusters) -> OneResource:
    """The identity after a first `up`."""
    resource = OneResource(ClusterIdentityProvider)
    resource.up(PROPS)
    return resource


def recorded(identity: OneResource) -> str:
    assert identity.state
    return str(identity.state[1]["uid"])


def test_the_first_up_records_the_cluster_and_the_next_one_changes_nothing(identity, capsys):
    before = identity.state
    identity.up(PROPS)
    assert (recorded(identity), identity.state is before) == ("first", True)
    assert capsys.readouterr().out == ""


def test_a_plain_up_on_another_cluster_ends_with_the_command_that_continues(identity, clusters):
    clusters.uids["kind"] = "recreated"
    with pytest.raises(ServiceError) as caught:
        identity.up(PROPS)
    assert str(caught.value) == (
        "context 'kind' is another cluster than at the last up, so its objects are missing there; nothing was "
        "changed. To deploy to it, run: pulumi up --refresh"
    )
    assert recorded(identity) == "first"


def test_up_with_refresh_continues_on_another_cluster(identity, clusters):
    clusters.uids["kind"] = "recreated"
    identity.refresh()
    identity.up(PROPS)
    assert recorded(identity) == "recreated"


@pytest.mark.parametrize("error", [SILENT, REFUSED, ServiceError("the kubeconfig's context 'kind' cannot be used")])
def test_a_cluster_that_cannot_be_asked_is_not_compared_and_the_line_gives_the_reason(
    identity, clusters, error, capsys
):
    clusters.uids["kind"] = error
    identity.up(PROPS)
    identity.refresh()
    assert recorded(identity) == "first"
    line = f"the cluster was not compared with the cluster of the last up: {error}\n"
    assert capsys.readouterr().out == 2 * line


def test_a_comparison_waits_seconds_for_a_cluster(identity, clusters):
    identity.up(PROPS)
    assert max(clusters.waits) <= 3


def test_without_the_right_nothing_is_recorded_until_it_is_given(clusters):
    clusters.uids["kind"] = REFUSED
    identity = OneResource(ClusterIdentityProvider)
    identity.up(PROPS)
    identity.up(PROPS)
    assert recorded(identity) == ""
    clusters.uids["kind"] = "first"
    identity.up(PROPS)
    assert recorded(identity) == "first"


def test_another_context_in_the_stacks_file_is_no_mistake(identity, clusters):
    clusters.uids["other"] = "second"
    identity.up({**PROPS, "context": "other"})
    assert recorded(identity) == "second"


@pytest.mark.parametrize(
    "provider",
    [LoginCheckProvider, SecretSyncProvider, DeliveryCheckProvider, PullRequestDeliveryCheckProvider],
    ids=lambda kind: kind.__name__,
)
def test_every_verification_runs_again_on_another_cluster(provider):
    props = dict.fromkeys(provider.updating, "same")
    assert not provider().diff("id", props, props).changes
    assert provider().diff("id", props, {**props, "cluster": "another"}).changes


def test_every_verification_knows_the_cluster():
    pull_requests = {"pipelines": [{**NEXTJS, "stages": [{"name": "dev", "promoteBy": "pullRequest"}]}]}
    identified = {"pulumi-python:dynamic:ClusterIdentity": {"uid": "planted-uid"}}
    for changes in ({}, pull_requests):
        resources = run("dev", changes, WITH_PASSWORD, identified).recorder.resources
        checks = [r for r in resources if r.type.endswith(("Check", "SecretSync"))]
        assert len(checks) > 3
        assert {r.inputs["cluster"] for r in checks} == {"planted-uid"}
