"""`up` refuses objects of other owners before it writes anything, and continues with the stack's own objects."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.integration

KARGO = "kargo.akuity.io/v1alpha1"
ANNOTATION = "kargo-backstage/stack"


def forgotten(apart, *kinds: str) -> None:
    """Remove resources from the state only, as if the response to their creation was lost."""
    for resource in reversed(apart.state()):
        if resource["type"].rpartition(":")[2] in kinds:
            apart.pulumi("state", "delete", resource["urn"], "--yes", "--force", "--target-dependents")


def test_a_namespace_made_by_hand_is_refused_before_anything_is_written(apart):
    namespaces = apart.objects("v1", "Namespace")
    namespaces.create(body={"metadata": {"name": apart.project}})
    printed = apart.pulumi("up", "--yes", fails=True)
    assert f"Namespace '{apart.project}': exists and was not created by this stack" in printed
    assert not namespaces.get(name=apart.project).to_dict()["metadata"].get("labels", {}).get("kargo.akuity.io/project")
    namespaces.delete(name=apart.project)


def test_an_object_made_by_hand_in_our_namespace_is_refused_and_stays_as_it_is(apart):
    apart.up()
    warehouses = apart.objects(KARGO, "Warehouse")
    apart.pulumi("state", "delete", "--yes", "--target-dependents", warehouse_urn(apart))
    live = warehouses.get(name="backstage", namespace=apart.project).to_dict()
    patch = {"metadata": {"annotations": {ANNOTATION: None}}}
    warehouses.patch(body=patch, name="backstage", namespace=apart.project, content_type="application/merge-patch+json")
    printed = apart.pulumi("up", "--yes", fails=True)
    assert "Warehouse 'backstage': exists and was not created by this stack; delete it" in printed
    after = warehouses.get(name="backstage", namespace=apart.project).to_dict()
    assert (after["spec"], after["metadata"]["uid"]) == (live["spec"], live["metadata"]["uid"])
    warehouses.delete(name="backstage", namespace=apart.project)


def test_a_resource_that_was_renamed_without_an_alias_is_refused_and_its_object_stays(apart):
    """Pulumi would adopt the live object, and then delete it under its former name."""
    apart.up()
    warehouses = apart.objects(KARGO, "Warehouse")
    live = warehouses.get(name="backstage", namespace=apart.project).to_dict()["metadata"]
    # As it is after the rename of `former` in the program.
    apart.pulumi("state", "rename", warehouse_urn(apart), "former", "--yes")
    former = live["annotations"][ANNOTATION].replace("/backstage-warehouse", "/former")
    patch = {"metadata": {"annotations": {ANNOTATION: former}}}
    warehouses.patch(body=patch, name="backstage", namespace=apart.project, content_type="application/merge-patch+json")
    printed = apart.pulumi("up", "--yes", fails=True)
    assert "Warehouse 'backstage': is the resource 'former' of this stack" in printed
    assert warehouses.get(name="backstage", namespace=apart.project).to_dict()["metadata"]["uid"] == live["uid"]


def warehouse_urn(apart) -> str:
    (found,) = [r["urn"] for r in apart.state() if r["type"].endswith(":Warehouse")]
    return str(found)


def test_what_was_created_and_not_recorded_is_gone_on_with(apart):
    apart.up()
    forgotten(apart, "Namespace")
    before = apart.objects("v1", "Namespace").get(name=apart.project).to_dict()["metadata"]["uid"]
    apart.pulumi("up", "--yes")
    live = apart.objects("v1", "Namespace").get(name=apart.project).to_dict()["metadata"]
    assert live["uid"] == before
    applied = [entry["manager"] for entry in live["managedFields"] if entry["operation"] == "Apply"]
    assert applied == [f"pulumi-{live['annotations'][ANNOTATION].partition('/')[0]}"]
    apart.pulumi("preview", "--expect-no-changes", "--refresh")


def test_of_two_stacks_that_create_one_project_at_once_one_wins(apart, twin):
    with ThreadPoolExecutor() as both:
        results = list(both.map(lambda one: one.stack.call("up", "--yes", "--skip-preview"), (apart, twin)))
    assert sorted(result.returncode for result in results) == [0, 1]
    (lost,) = [result.stdout + result.stderr for result in results if result.returncode]
    refused = f"Namespace '{apart.project}': belongs to a stack 'dev' with another state"
    # Before its request, or within it: of one field or of several.
    assert refused in lost or re.search('conflicts? with "pulumi-dev-', lost), lost
    (winner,) = [one for one, result in zip((apart, twin), results, strict=True) if not result.returncode]
    winner.pulumi("preview", "--expect-no-changes", "--refresh")
