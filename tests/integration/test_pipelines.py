"""Several pipelines in one stack: a push refreshes one Warehouse only, and each can be added and removed alone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from config.project import NAME
from sandbox import processes
from sandbox.real.gitea import OWNER
from sandbox.real.images import Registry

pytestmark = pytest.mark.integration

REFRESH = "kargo.akuity.io/refresh"


def pipeline(name: str, image: str) -> dict[str, Any]:
    return {"name": name, "image": image, "stages": [{"name": "dev", "autoPromotion": True}]}


# The first image's name is the beginning of Backstage's, `backstage-cnoe`.
SHORTER = pipeline("shorter", "backstage")
NEXTJS = pipeline("nextjs", "nextjs")


def set_pipelines(deployment, *more: dict[str, Any]) -> None:
    content = deployment.stack.project.configuration()
    (first, *_) = content["config"][f"{NAME}:pipelines"]
    content["config"][f"{NAME}:pipelines"] = [first, *more]
    deployment.stack.project.file.write_text(yaml.safe_dump(content, sort_keys=False))


@pytest.fixture
def three(deployment) -> Iterator[Any]:
    """Deploy three pipelines; afterwards there is the one again."""
    set_pipelines(deployment, SHORTER, NEXTJS)
    deployment.up()
    yield deployment
    deployment.stack.prepare()
    deployment.up()


def refreshes(deployment) -> dict[str, str | None]:
    """Return each Warehouse's refresh annotation."""
    items = deployment.objects("kargo.akuity.io/v1alpha1", "Warehouse").get(namespace="backstage").to_dict()["items"]
    return {item["metadata"]["name"]: (item["metadata"].get("annotations") or {}).get(REFRESH) for item in items}


def mark(deployment) -> None:
    """Give each Warehouse a refresh annotation that no delivery writes."""
    warehouses = deployment.objects("kargo.akuity.io/v1alpha1", "Warehouse")
    for name in refreshes(deployment):
        warehouses.patch(
            body={"metadata": {"annotations": {REFRESH: "before"}}},
            name=name,
            namespace="backstage",
            content_type="application/merge-patch+json",
        )


@pytest.mark.parametrize(
    ("image", "warehouse"), [("backstage-cnoe", "backstage"), ("backstage", "shorter"), ("nextjs", "nextjs")]
)
def test_a_push_refreshes_the_pushed_images_warehouse_alone(three, sandbox, image, warehouse):
    mark(three)
    layout = sandbox.layout
    registry = Registry(layout.gitea_host, OWNER, layout.secret("gitea-password"), str(layout.ca))
    registry.push(f"{OWNER}/{image}", "v1")
    processes.eventually(lambda: refreshes(three)[warehouse] != "before", f"a refresh of {warehouse}", 15)
    assert [name for name, value in refreshes(three).items() if value != "before"] == [warehouse]


def test_a_new_pipeline_creates_its_own_objects_and_changes_what_lists_all_pipelines(deployment):
    set_pipelines(deployment, NEXTJS)
    try:
        assert deployment.steps() == [
            ("create", "gitea-delivery-nextjs"),
            ("create", "nextjs"),
            ("create", "nextjs-stage-dev"),
            ("create", "nextjs-warehouse"),
            ("update", "credentials-git-login"),
            ("update", "kargo-config"),
        ]
    finally:
        deployment.stack.prepare()


def test_a_pipeline_taken_out_of_the_middle_deletes_its_own_objects_alone(three):
    set_pipelines(three, NEXTJS)
    assert three.steps() == [
        ("delete", "gitea-delivery-shorter"),
        ("delete", "shorter"),
        ("delete", "shorter-stage-dev"),
        ("delete", "shorter-warehouse"),
        ("update", "credentials-git-login"),
        ("update", "kargo-config"),
    ]
    three.up()
    assert sorted(refreshes(three)) == ["backstage", "nextjs"]
    stages = json.loads(three.stack.call("stack", "output", "stages", "--json").stdout)
    assert stages == {"backstage": ["backstage-dev"], "nextjs": ["nextjs-dev"]}
