"""The same stack on other machines, and changes that users make in Kargo's UI."""

import pytest

pytestmark = pytest.mark.integration

KARGO = "kargo.akuity.io/v1alpha1"


@pytest.mark.parametrize("kubeconfig", ["{sandbox}", "{sandbox}:{absent}", "{absent}", None])
def test_an_unchanged_preview_shows_nothing_whatever_kubeconfig_the_machine_has(deployment, tmp_path, kubeconfig):
    paths = {"sandbox": deployment.stack.platform.kubeconfig, "absent": tmp_path / "absent"}
    variables = {"HOME": str(tmp_path), "KUBECONFIG": kubeconfig.format(**paths) if kubeconfig else None}
    result = deployment.elsewhere(variables, "preview", "--expect-no-changes", "--diff")
    assert result.returncode == 0, result.stdout + result.stderr


def edit(deployment, kind: str, name: str, patch: dict[str, object]) -> None:
    """Change an object as Kargo's UI does: under another field manager."""
    deployment.objects(KARGO, kind).patch(
        body=patch,
        name=name,
        namespace=deployment.project,
        content_type="application/merge-patch+json",
        field_manager="kargo-api-server",
    )


def test_a_click_on_refresh_in_kargos_ui_does_not_block_the_next_rotation(deployment):
    edit(deployment, "ProjectConfig", "backstage", {"metadata": {"annotations": {"kargo.akuity.io/refresh": "click"}}})
    before = deployment.webhook_url()
    deployment.stack.rotate()
    assert deployment.webhook_url() != before
    assert deployment.webhook_url() in [hook["config"]["url"] for hook in deployment.hooks()]


def test_a_warehouse_edited_in_kargos_ui_is_taken_back_by_the_next_change(deployment):
    edit(deployment, "Warehouse", "backstage", {"spec": {"interval": "7m0s"}})
    deployment.stack.project.replace("pipelines[0].warehouse.interval", "9m")
    try:
        deployment.up()
        live = deployment.objects(KARGO, "Warehouse").get(name="backstage", namespace="backstage").to_dict()
    finally:
        deployment.stack.prepare()
        deployment.up()
    assert live["spec"]["interval"] == "9m0s"
