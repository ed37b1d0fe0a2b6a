"""Values for the charts of Kargo and Gitea if a certificate is not publicly trusted."""

from typing import Any

import pytest
import trustme

from kargo.other_systems import chart_values
from tests.program import run
from tests.unit.configuration import at, load


@pytest.fixture
def ca_bundle(tmp_path) -> dict[str, str]:
    """The change that names a CA of the stack's own."""
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return {"caBundle": str(path)}


def values(changes: dict[str, Any], stack: str = "dev") -> dict[str, Any]:
    return chart_values(load(changes, stack).stack)


def test_publicly_trusted_hosts_need_no_values():
    assert values({}) == {}
    assert "chartValues" not in run("dev").exports


def test_kargo_trusts_the_ca_and_gitea_does_too_and_may_deliver(ca_bundle):
    found = run("dev", ca_bundle).exports["chartValues"]
    assert found == values(ca_bundle)
    assert found["kargo"] == {"controller": {"cabundle": {"configMapName": "backstage-ca"}}}
    allowed = found["gitea"]["gitea"]["config"]["webhook"]["ALLOWED_HOST_LIST"]
    assert allowed == "external,kargo-webhooks.cnoe.localtest.me"
    (mount,), (volume,) = found["gitea"]["extraContainerVolumeMounts"], found["gitea"]["extraVolumes"]
    assert volume == {"name": mount["name"], "configMap": {"name": "backstage-ca"}}
    assert mount["mountPath"] == "/etc/ssl/certs/backstage-ca.crt"


def test_a_gitea_without_webhooks_needs_no_values(ca_bundle):
    repository = {
        "gitOps": {
            "provider": "gitea",
            "repoURL": "https://git.example.com/team/gitops.git",
        }
    }
    assert values({**ca_bundle, **repository}, "prod").keys() == {"kargo"}


def test_ghcr_and_github_are_publicly_trusted(ca_bundle):
    assert values({**ca_bundle, **at("kargo.webhooksBaseUrl", "https://kargo.internal")}, "prod") == {}
