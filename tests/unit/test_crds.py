"""What is kept of a release's CRDs."""

from sandbox import crds
from sandbox.crds.__main__ import schema


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


def test_the_committed_ones_are_of_the_releases_that_they_name(monkeypatch):
    monkeypatch.delenv("SANDBOX_CRDS", raising=False)
    found, source = crds.read()
    kinds = {definition["spec"]["names"]["kind"] for definition in found}
    assert {"Project", "ClusterConfig", "Freight", "ExternalSecret", "PushSecret"} <= kinds
    assert source == "CRDs of External Secrets v2.9.0 and Kargo v1.11.2"
