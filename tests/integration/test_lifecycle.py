"""The real engine, API server and Gitea: nothing changes twice, a change touches what it should, nothing remains.

Tests leave the stack deployed; the file that destroys it is named to run last.
"""

import json
import os
import subprocess

import pytest
import yaml

from sandbox.layout import PROJECT
from sandbox.real.kubernetes_api import client

pytestmark = pytest.mark.integration


def resources(deployment) -> list[dict[str, object]]:
    """Return the state's resources, without the stack's own record, in which each run leaves its time."""
    found: list[dict[str, object]] = json.loads(deployment.pulumi("stack", "export", "--show-secrets"))["deployment"][
        "resources"
    ]
    return [resource for resource in found if resource["type"] != "pulumi:pulumi:Stack"]


def test_a_second_up_and_a_preview_change_nothing(deployment):
    assert "18 unchanged" in deployment.up()
    deployment.pulumi("preview", "--expect-no-changes")
    deployment.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_changed_tag_rule_touches_the_warehouse_alone(deployment):
    deployment.stack.configure("warehouse.allowTagsRegexes[0]", r"^release-\d+$")
    try:
        preview = deployment.stack.call("preview", "--json")
        assert preview.returncode == 0, preview.stderr
        steps = [step for step in json.loads(preview.stdout)["steps"] if step["op"] != "same"]
        assert [(step["op"], step["urn"].rpartition("::")[2]) for step in steps] == [("update", "backstage-warehouse")]
    finally:
        deployment.stack.prepare()


def test_the_gitops_repository_starts_with_the_projects_images(deployment):
    raw = deployment.gitea.get("/repos/giteaadmin/backstage-gitops/raw/.env-files/images.json")
    assert raw.json() == json.loads((PROJECT / ".env-files" / "images.json").read_text())


def test_drift_in_the_cluster_is_seen_and_repaired(deployment):
    api = client(deployment.stack.platform.kubeconfig)
    warehouses = api.resources.get(api_version="kargo.akuity.io/v1alpha1", kind="Warehouse")
    image = {"repoURL": "example.com/other", "imageSelectionStrategy": "SemVer"}
    warehouses.patch(
        body={"spec": {"subscriptions": [{"image": image}]}},
        name="backstage",
        namespace="backstage",
        content_type="application/merge-patch+json",
    )
    assert "1 updated" in deployment.pulumi("refresh", "--yes", "--skip-preview")
    deployment.up()
    live = warehouses.get(name="backstage", namespace="backstage").to_dict()
    assert live["spec"]["subscriptions"][0]["image"]["repoURL"].endswith("/giteaadmin/backstage-cnoe")


def test_external_secrets_stand_in_makes_secrets_that_kargo_would_find(deployment):
    secrets = client(deployment.stack.platform.kubeconfig).resources.get(api_version="v1", kind="Secret")
    for cred_type in ("image", "git"):
        live = secrets.get(name=f"gitea-{cred_type}", namespace="backstage").to_dict()
        assert live["metadata"]["labels"]["kargo.akuity.io/cred-type"] == cred_type
        assert sorted(live["data"]) == ["password", "repoURL", "username"]


def test_bad_configuration_changes_nothing_and_says_each_mistake(deployment):
    before = resources(deployment)
    content = yaml.safe_load(deployment.stack.layout.stack_file.read_text())
    content["config"]["kargo-backstage:registry"]["hosst"] = "x"
    content["config"]["kargo-backstage:stages"] = [{"name": "dev", "upstream": ["nowhere"]}]
    deployment.stack.layout.stack_file.write_text(yaml.safe_dump(content))
    try:
        printed = deployment.pulumi("up", "--yes", "--skip-preview", fails=True)
    finally:
        deployment.stack.prepare()
    assert "registry.hosst: unknown key; did you mean host?" in printed
    assert "Traceback" not in printed
    assert resources(deployment) == before


def test_a_missing_secret_is_named_with_its_command(deployment):
    config = deployment.stack.stack_file()
    del config["config"]["kargo-backstage:giteaPassword"]
    deployment.stack.layout.stack_file.write_text(yaml.safe_dump(config))
    try:
        printed = deployment.pulumi("preview", fails=True)
    finally:
        deployment.stack.prepare()
    assert "pulumi config set --secret kargo-backstage:giteaPassword --stack dev" in printed


def test_another_current_context_is_never_used(deployment, tmp_path):
    kubeconfig = tmp_path / "kubeconfig"
    other = {"contexts": [{"name": "production", "context": {}}], "current-context": "production"}
    kubeconfig.write_text(yaml.safe_dump(other))
    environment = {**os.environ, **deployment.stack.environment, "KUBECONFIG": str(kubeconfig)}
    result = subprocess.run(
        ["pulumi", "up", "--yes", "--skip-preview"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "belongs to context 'sandbox'" in result.stdout + result.stderr
    assert "current context: 'production'" in result.stdout + result.stderr


def test_prod_previews_ghcr_alone_without_a_cluster(deployment, tmp_path):
    environment = {**os.environ, **deployment.stack.environment, "KUBECONFIG": str(tmp_path / "absent")}
    for key in ("PULUMI_OPTION_STACK", "PULUMI_OPTION_CONFIG_FILE"):
        environment.pop(key)
    folder = tmp_path / "prod"
    folder.mkdir()
    prod = PROJECT / "Pulumi.prod.yaml"
    (folder / "Pulumi.yaml").write_bytes((PROJECT / "Pulumi.yaml").read_bytes())

    def pulumi(*arguments: str) -> str:
        result = subprocess.run(
            ["pulumi", *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    pulumi("--cwd", str(folder), "stack", "init", "prod", "--no-select")
    salt = yaml.safe_load((folder / "Pulumi.prod.yaml").read_text())
    (folder / "Pulumi.prod.yaml").write_text(yaml.safe_dump({**salt, **yaml.safe_load(prod.read_text())}))
    printed = pulumi("preview", "--json", "--stack", "prod", "--config-file", str(folder / "Pulumi.prod.yaml"))
    states = json.dumps([step["newState"] for step in json.loads(printed)["steps"]])
    assert "ghcr.io/pittampalliorg/backstage-cnoe" in states
    assert "gitea" not in states.lower()
