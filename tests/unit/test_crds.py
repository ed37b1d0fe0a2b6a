"""What is kept of a release's CRDs."""

from typing import Any

from sandbox import crds
from sandbox.crds.__main__ import schema
from tests.contract.crds import difference, merged, next_line


def test_prose_goes_and_a_property_of_that_name_stays():
    full = {
        "type": "object",
        "description": "prose",
        "required": ["description"],
        "properties": {
            "description": {"type": "string", "description": "prose", "example": "prose", "maxLength": 3},
            "items": {"type": "array", "items": {"type": "object", "properties": {"title": {"title": "prose"}}}},
            "any": {"additionalProperties": {"description": "prose", "enum": ["a"], "default": {"title": "kept"}}},
        },
        "anyOf": [{"description": "prose", "required": ["items"]}],
        "x-kubernetes-validations": [{"rule": "self.a", "message": "prose", "reason": "FieldValueInvalid"}],
    }
    assert schema(full) == {
        "type": "object",
        "required": ["description"],
        "properties": {
            "description": {"type": "string", "maxLength": 3},
            "items": {"type": "array", "items": {"type": "object", "properties": {"title": {}}}},
            "any": {"additionalProperties": {"enum": ["a"], "default": {"title": "kept"}}},
        },
        "anyOf": [{"required": ["items"]}],
        "x-kubernetes-validations": [{"rule": "self.a", "reason": "FieldValueInvalid"}],
    }


def test_another_folder_may_be_named(tmp_path, monkeypatch):
    (tmp_path / "crds.yaml").write_text("kind: CustomResourceDefinition\nmetadata: {name: a}\n---\nkind: Other\n")
    monkeypatch.setenv("SANDBOX_CRDS", str(tmp_path))
    assert crds.read() == (
        [{"kind": "CustomResourceDefinition", "metadata": {"name": "a"}}],
        f"CRDs from {tmp_path}",
    )


def test_the_next_line_of_kargo_only_adds(monkeypatch):
    monkeypatch.delenv("SANDBOX_CRDS", raising=False)
    known, found = ({crd["metadata"]["name"]: crd for crd in listed} for listed in (crds.read()[0], next_line()))
    assert {found[name]["spec"]["names"]["kind"] for name in set(found) - set(known)} == {"PromotionRequest", "Target"}
    assert [path for name, crd in known.items() for path in gone(crd, found[name], name)] == []


def test_a_difference_leads_to_the_other_definition():
    old = {"a": 1, "b": {"c": [{"d": 1}, {"e": 2}], "f": [1]}, "g": 0}
    new = {"a": 1, "b": {"c": [{"d": 1, "h": 3}, {"e": 2}], "f": [1, 2]}, "i": {"j": []}}
    change = difference(old, new)
    assert change == {"b": {"c": [{"h": 3}, {}], "f": [1, 2]}, "i": {"j": []}, "g": None}
    assert merged(old, change) == new


def gone(old: Any, new: Any, path: str) -> list[str]:
    """Return the paths of the fields that `new` lacks."""
    if isinstance(old, dict):
        if not isinstance(new, dict):
            return [path]
        return [p for key, value in old.items() for p in gone(value, new.get(key), f"{path}.{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [p for one, other in zip(old, new, strict=True) for p in gone(one, other, path)]
    return [] if new is not None else [path]


def test_the_committed_ones_are_of_the_releases_that_they_name(monkeypatch):
    monkeypatch.delenv("SANDBOX_CRDS", raising=False)
    found, source = crds.read()
    kinds = {definition["spec"]["names"]["kind"] for definition in found}
    assert {"Project", "ClusterConfig", "Freight", "ExternalSecret", "PushSecret"} <= kinds
    assert source == "CRDs of External Secrets v2.9.0 and Kargo v1.11.2"
