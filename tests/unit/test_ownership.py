"""The owner of an existing object, and the error of `up` if this stack did not create it."""

import pytest

from kargo.ownership import STACK_ANNOTATION, ownership, refusal

OWN = "dev-1f3a9c2e"


def named(kind: str, mark: str | None = None):
    annotations = {STACK_ANNOTATION: mark} if mark else {}
    return {"kind": kind, "metadata": {"name": "backstage", "annotations": annotations}}


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("Namespace", ownership(OWN, "resource")),
        ("Warehouse", ownership(OWN, "resource")),
        ("Warehouse", "dev-00000000/resource"),
    ],
)
def test_what_this_stack_created_is_taken_over(kind, found):
    assert refusal(named(kind, ownership(OWN, "resource")), named(kind, found)) is None


@pytest.mark.parametrize(
    ("kind", "found", "line"),
    [
        (
            "Namespace",
            None,
            "Namespace 'backstage': exists and was not created by this stack; delete it, or set another kargo.project",
        ),
        (
            "Warehouse",
            None,
            "Warehouse 'backstage': exists and was not created by this stack; delete it, or rename it in the stack's "
            "file",
        ),
        (
            "Namespace",
            "team-a-1f3a9c2e/resource",
            "Namespace 'backstage': belongs to stack 'team-a'; set another kargo.project, or run: "
            "pulumi destroy --stack team-a",
        ),
        (
            "Namespace",
            "dev-00000000/resource",
            "Namespace 'backstage': belongs to a stack 'dev' with another state; run pulumi with the backend that has "
            "that state, or, if it is lost: kubectl annotate namespace backstage "
            "kargo-backstage/stack=dev-1f3a9c2e/resource --overwrite",
        ),
        (
            "Warehouse",
            "dev-1f3a9c2e/former",
            "Warehouse 'backstage': is the resource 'former' of this stack; give 'resource' an alias of that name",
        ),
    ],
)
def test_what_somebody_else_created_is_refused(kind, found, line):
    assert refusal(named(kind, ownership(OWN, "resource")), named(kind, found)) == line


def test_an_object_without_annotations_is_nobodys():
    live = {"kind": "Stage", "metadata": {"name": "backstage"}}
    assert refusal(named("Stage", ownership(OWN, "resource")), live)
