"""The real engine, API server and Gitea: a second `up` changes nothing, and a change touches only its own objects."""

import json

import pytest
import yaml

from config.project import NAME
from sandbox import platform, plugins, processes
from sandbox.layout import PROJECT, Layout
from sandbox.project import Project
from sandbox.real import kubernetes_api

pytestmark = pytest.mark.integration


def test_a_second_up_and_a_preview_change_nothing(deployment):
    deployment.up("--expect-no-changes")
    deployment.pulumi("preview", "--expect-no-changes")
    deployment.pulumi("preview", "--expect-no-changes", "--refresh")


def test_a_changed_tag_rule_touches_the_warehouse_alone(deployment):
    deployment.stack.project.replace("pipelines[0].warehouse.allowTagsRegexes", [r"^v1\.\d+$"])
    try:
        assert deployment.steps() == [("update", "backstage-warehouse")]
    finally:
        deployment.stack.prepare()


def test_the_gitops_repository_starts_with_the_projects_images(deployment):
    raw = deployment.gitea.get("/repos/giteaadmin/backstage-gitops/raw/.env-files/images.json")
    assert raw.json() == json.loads((PROJECT / ".env-files" / "images.json").read_text())


def test_drift_in_the_cluster_is_seen_and_repaired(deployment):
    warehouses = deployment.objects("kargo.akuity.io/v1alpha1", "Warehouse")
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
    secrets = deployment.objects("v1", "Secret")
    found = secrets.get(namespace="backstage", label_selector="kargo.akuity.io/cred-type in (image,git)").to_dict()
    by_type = {item["metadata"]["labels"]["kargo.akuity.io/cred-type"]: sorted(item["data"]) for item in found["items"]}
    assert by_type == {
        "git": ["password", "repoURL", "username"],
        "image": ["password", "repoURL", "repoURLIsRegex", "username"],
    }


def test_bad_configuration_changes_nothing_and_says_each_mistake(deployment):
    before = deployment.state()
    content = deployment.stack.project.configuration()
    content["config"][f"{NAME}:registry"]["hosst"] = "x"
    content["config"][f"{NAME}:pipelines"][0]["stages"] = [{"name": "dev", "upstream": ["nowhere"]}]
    deployment.stack.project.file.write_text(yaml.safe_dump(content))
    try:
        printed = deployment.pulumi("up", "--yes", "--skip-preview", fails=True)
    finally:
        deployment.stack.prepare()
    assert "registry.hosst: unknown key; did you mean host?" in printed
    assert "pipelines[0].stages[0].upstream[0]: this pipeline has no such Stage" in printed
    assert "Traceback" not in printed
    assert deployment.state() == before


def test_a_missing_secret_is_named_with_its_command(deployment):
    content = deployment.stack.project.configuration()
    del content["config"][f"{NAME}:giteaPassword"]
    deployment.stack.project.file.write_text(yaml.safe_dump(content))
    try:
        printed = deployment.pulumi("preview", fails=True)
    finally:
        deployment.stack.prepare()
    assert f"pulumi config set --secret {NAME}:giteaPassword --stack dev" in printed


def test_another_current_context_is_never_used(deployment, tmp_path):
    kubeconfig = tmp_path / "kubeconfig"
    other = {"contexts": [{"name": "production", "context": {}}], "current-context": "production"}
    kubeconfig.write_text(yaml.safe_dump(other))
    result = deployment.elsewhere({"KUBECONFIG": str(kubeconfig)}, "up", "--yes", "--skip-preview")
    assert result.returncode != 0
    assert "kubernetes.context: not in the kubeconfig (current context: 'production')" in result.stdout + result.stderr


def test_prod_previews_ghcr_alone_without_a_cluster(deployment, tmp_path):
    project = Project(tmp_path, "prod")
    project.write(plugins.provide(deployment.stack.layout, deployment.stack.platform.forks))
    variables: dict[str, str | None] = {
        "KUBECONFIG": str(tmp_path / "absent"),
        "PULUMI_OPTION_CWD": str(tmp_path),
        "PULUMI_OPTION_STACK": "prod",
    }

    def pulumi(*arguments: str) -> str:
        result = deployment.elsewhere(variables, *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return str(result.stdout)

    pulumi("stack", "init", "--no-select")
    committed = yaml.safe_load((PROJECT / project.file.name).read_text())
    project.file.write_text(yaml.safe_dump({**project.configuration(), **committed}))
    states = json.dumps([step["newState"] for step in json.loads(pulumi("preview", "--json"))["steps"]])
    assert "ghcr.io/pittampalliorg/backstage-cnoe" in states
    assert "gitea" not in states.lower()


def test_destroy_leaves_no_object_namespace_or_hook(apart):
    before = apart.hooks()
    apart.up()
    assert len(apart.hooks()) == len(before) + 1
    apart.pulumi("destroy", "--yes", "--skip-preview")
    for api_version, kind in (("v1", "Namespace"), ("kargo.akuity.io/v1alpha1", "Project")):
        names = [item["metadata"]["name"] for item in apart.objects(api_version, kind).get().to_dict()["items"]]
        assert apart.project not in names
    assert apart.hooks() == before
    assert apart.state() == []


def test_down_stops_every_server(sandbox, tmp_path):
    layout = Layout(tmp_path)
    kubernetes_api.start(layout, sandbox.programs)
    started = {name: processes.running(layout, name) for name in ("etcd", "kube-apiserver")}
    assert all(started.values())
    # The last one stops first, since it needs the others.
    assert processes.stop_all(layout) == ["kube-apiserver", "etcd"]
    assert not any(process and process.is_running() for process in started.values())
    assert processes.stop_all(layout) == []


def test_starting_a_platform_that_runs_starts_nothing_again(sandbox):
    before = {path.stem: processes.running(sandbox.layout, path.stem) for path in _records(sandbox.layout)}
    platform.start(sandbox.layout, standins=True)
    assert {path.stem: processes.running(sandbox.layout, path.stem) for path in _records(sandbox.layout)} == before
    assert all(before.values())


def _records(layout: Layout):
    return sorted(layout.folder("processes").glob("*.json"))
