"""The line with which `up` ends if the cluster does not answer."""

import pulumi
import pytest

from clients.cluster import Cluster as Api
from clients.cluster import UnreachableClusterError
from clients.connection import ServiceError
from config.reachability import require_reachable
from model.cluster import Cluster


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            UnreachableClusterError("the cluster cannot be reached (MaxRetryError)"),
            "the cluster cannot be reached (MaxRetryError); check that the cluster runs, and that this machine reaches "
            "it",
        ),
        # The cluster has not been asked.
        (ServiceError("the kubeconfig's context 'x' gives no credential (…); install"), None),
    ],
)
def test_the_line_advises_only_what_applies(monkeypatch, error, line):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Api, "get", fail)
    with pytest.raises(pulumi.RunError) as caught:
        require_reachable(Cluster(context="x"))
    assert str(caught.value) == (line or str(error))
