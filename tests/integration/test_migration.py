"""The guide's migration: Pulumi imports the objects of the cdk8s charts with their history."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import platform
from sandbox.layout import PROJECT, Layout
from sandbox.names import KARGO
from sandbox.real import gitea
from sandbox.real.kubernetes_api import apply, client
from sandbox.real.objects import Objects
from sandbox.stack import Stack
from tests.integration.conftest import Deployment

pytestmark = pytest.mark.integration

NAMESPACE = "kargo-pipelines"
GUIDE = (PROJECT / "docs" / "kargo-gitea-webhook-setup.md").read_text()
STAGES = [
    {"name": "dev", "autoPromotion": True},
    {"name": "prod", "environment": "production", "upstream": ["dev"]},
]


def charts(host: str) -> list[dict[str, Any]]:
    """Return the objects of the charts."""
    named = {"namespace": NAMESPACE}
    image = {
        "repoURL": f"{host}/{gitea.OWNER}/backstage-cnoe",
        "imageSelectionStrategy": "Lexical",
        "allowTagsRegexes": ["^v"],
        "discoveryLimit": 20,
        "strictSemvers": False,
    }
    clone = {
        "uses": "git-clone",
        "config": {
            "repoURL": f"https://{host}/{gitea.OWNER}/{gitea.REPOSITORY}.git",
            "checkout": [{"branch": "main", "path": "./src"}],
        },
    }

    def kargo(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
        return {"apiVersion": KARGO, "kind": kind, "metadata": {"name": name, **named}, "spec": spec}

    def stage(name: str, sources: dict[str, Any]) -> dict[str, Any]:
        requested = {"origin": {"kind": "Warehouse", "name": "backstage-warehouse"}, "sources": sources}
        template = {"spec": {"steps": [clone]}}
        return kargo("Stage", name, {"requestedFreight": [requested], "promotionTemplate": template})

    labels = {"kargo.akuity.io/project": "true"}
    policy = {"stageSelector": {"name": "backstage-dev"}, "autoPromotionEnabled": True}
    warehouse = {"interval": "5m0s", "freightCreationPolicy": "Automatic", "subscriptions": [{"image": image}]}
    password = {"username": "giteaadmin", "password": "in-git", "repoURL": f"{host}/{gitea.OWNER}/backstage-cnoe"}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}},
        {"apiVersion": KARGO, "kind": "Project", "metadata": {"name": NAMESPACE}},
        kargo("ProjectConfig", NAMESPACE, {"promotionPolicies": [policy]}),
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "zz-gitea", **named, "labels": {"kargo.akuity.io/cred-type": "image"}},
            "stringData": password,
        },
        kargo("Warehouse", "backstage-warehouse", warehouse),
        stage("backstage-dev", {"direct": True}),
        stage("backstage-prod", {"stages": ["backstage-dev"]}),
    ]


@pytest.fixture
def migrated(sandbox, tmp_path) -> Iterator[Deployment]:
    """Create the charts' objects, and a stack of their project that is not deployed."""
    local = platform.local(sandbox.layout)
    settings = {**local.settings, "kargo": {**local.settings["kargo"], "project": NAMESPACE}}
    stack = Stack(Layout(tmp_path), sandbox.programs, replace(local, settings=settings))
    stack.prepare()
    stack.project.replace("pipelines", [{"name": "backstage", "image": "backstage-cnoe", "stages": STAGES}])
    api = client(sandbox.layout.kubeconfig)
    for manifest in charts(sandbox.layout.gitea_host):
        apply(api, manifest)
    with gitea.api(sandbox.layout) as signed_in:
        yield Deployment(stack, signed_in, NAMESPACE)
    stack.run("destroy", "--yes", "--skip-preview", quiet=True)


def entries(path: Path) -> None:
    """Edit an import file as in the guide."""
    ids = dict(re.findall(r"\| `([\w-]+)` \| `(kargo-pipelines[\w/-]*)` \|", GUIDE))
    assert len(ids) == 5
    content = json.loads(path.read_text())
    kept = []
    for entry in content["resources"]:
        if entry.get("component") or entry["type"] == "pulumi:providers:kubernetes":
            kept.append(entry)
        elif entry["name"] in ids:
            kept.append({**entry, "id": ids[entry["name"]]})
    path.write_text(json.dumps({**content, "resources": kept}))


def test_what_the_charts_made_is_taken_over_with_its_history(migrated, sandbox, tmp_path):
    objects = Objects(client(sandbox.layout.kubeconfig))

    def uids() -> dict[str, str]:
        namespace = objects.get("v1", "Namespace", None, NAMESPACE)
        project = objects.get(KARGO, "Project", None, NAMESPACE)
        config = objects.get(KARGO, "ProjectConfig", NAMESPACE, NAMESPACE)
        stages = {name: objects.get(KARGO, "Stage", NAMESPACE, name) for name in ("backstage-dev", "backstage-prod")}
        found = {"namespace": namespace, "project": project, "config": config, **stages}
        return {name: live["metadata"]["uid"] for name, live in found.items() if live}

    before, file = uids(), tmp_path / "import.json"
    assert len(before) == 5
    migrated.pulumi("preview", "--import-file", str(file))
    entries(file)
    migrated.pulumi("import", "--file", str(file), "--protect=false", "--generate-code=false", "--yes")
    ops = {op for op, _ in migrated.steps()}
    assert ops == {"create", "update"}
    migrated.up()
    assert uids() == before
    migrated.pulumi("preview", "--expect-no-changes", "--refresh")
    for name in ("backstage-dev", "backstage-prod"):
        live = objects.get(KARGO, "Stage", NAMESPACE, name)
        assert live
        assert live["spec"]["requestedFreight"][0]["origin"]["name"] == "backstage"
    objects.delete(KARGO, "Warehouse", NAMESPACE, "backstage-warehouse")
