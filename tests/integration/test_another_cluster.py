"""A cluster that was recreated under the same kubeconfig context."""

import json

import pytest

from tests.integration.conftest import Deployment

pytestmark = pytest.mark.integration

ANOTHER = "00000000-0000-0000-0000-000000000000"
VERIFICATIONS = ("LoginCheck", "SecretSync", "DeliveryCheck")


def record_another_cluster(stack: Deployment) -> None:
    """Write another identity to the state, as if the last `up` had been on another cluster."""
    exported = stack.pulumi("stack", "export")
    resources = json.loads(exported)["deployment"]["resources"]
    (identity,) = [r["outputs"]["uid"] for r in resources if r["type"].endswith(":ClusterIdentity")]
    assert len(identity) == len(ANOTHER)
    stack.stack.run("stack", "import", quiet=True, stdin=exported.replace(identity, ANOTHER))


def test_a_plain_up_ends_and_up_with_refresh_verifies_everything_again(apart, tmp_path):
    first = apart.up()
    assert "not compared" not in first
    apart.pulumi("preview", "--expect-no-changes")
    record_another_cluster(apart)
    for command in (["up", "--yes", "--skip-preview"], ["up", "--yes"], ["preview"]):
        result = apart.stack.call(*command)
        printed = result.stdout + result.stderr
        assert result.returncode, printed
        assert "is another cluster than at the last up" in printed
        assert "To deploy to it, run: pulumi up --refresh" in printed
        assert "Traceback" not in printed
    absent = apart.elsewhere({"KUBECONFIG": str(tmp_path / "absent"), "HOME": str(tmp_path)}, "preview")
    assert absent.returncode == 0, absent.stdout + absent.stderr
    assert "the cluster was not compared with the cluster of the last up: the kubeconfig's context" in (
        absent.stdout + absent.stderr
    )
    again = apart.up("--refresh")
    for kind in VERIFICATIONS:
        assert any(kind in line and "updated" in line for line in again.splitlines()), again
    apart.pulumi("preview", "--expect-no-changes", "--refresh")
