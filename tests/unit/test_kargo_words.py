"""A key that Kargo has too has Kargo's name, type and values (Kargo 1.11.2)."""

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from config.schema import keys_of, models_in
from model.git_ops import GitOps, Retry
from model.own_steps import PromotionStep, StepRetry, StepVariable, TaskReference
from model.registry import GiteaRegistry
from model.stage import (
    AnalysisArgument,
    AnalysisTemplate,
    Application,
    ArgoCD,
    CheckRetry,
    HttpCheck,
    Stage,
    Verification,
)
from model.warehouse import Warehouse
from sandbox import crds

OPEN: dict[str, dict[str, Any]] = yaml.safe_load(Path("tests/fixtures/kargo_fields.yaml").read_text())
JSON_TYPES = {str: "string", int: "integer", bool: "boolean", tuple: "array", dict: "object"}


def spec(kind: str, *path: str) -> dict[str, Any]:
    """Return the properties at a path of a kind's spec, by the CRD."""
    found, _ = crds.read()
    (crd,) = (crd for crd in found if crd["spec"]["names"]["kind"] == kind)
    at = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    for part in path:
        at = at["items"] if part == "[]" else at["properties"][part]
    return dict(at["properties"])


SOURCES = ("requestedFreight", "[]", "sources")
STEP = ("promotionTemplate", "spec", "steps", "[]")
RETRY = (*STEP, "retry")
WAREHOUSE = {**spec("Warehouse"), **OPEN["imageSubscription"]}
# The stages of `upstream` are names within a pipeline. The rest is this program's.
STAGE = {**spec("Stage", *SOURCES), **spec("Stage", *SOURCES, "autoPromotionOptions"), **spec("Stage")}
OURS: dict[type[BaseModel], set[str]] = {
    Stage: {
        "name",
        "environment",
        "autoPromotion",
        "autoPromotionInProduction",
        "promoters",
        "upstream",
        "branch",
        "imagesFile",
        "promoteBy",
        "pullRequest",
        "argoCD",
        "httpCheck",
        "publish",
        "steps",
        "notify",
    },
    GitOps: {"provider", "branch", "imagesFile", "message", "retry", "login"},
    GiteaRegistry: {"kind", "host", "rootUrl", "owner", "login"},
}
FIELDS: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (Warehouse, WAREHOUSE),
    (Stage, STAGE),
    (HttpCheck, {**OPEN["http"], "retry": {"type": "object"}}),
    (CheckRetry, spec("Stage", *RETRY)),
    (Retry, spec("Stage", *RETRY)),
    (ArgoCD, {"apps": "array"}),
    (Application, OPEN["argocd-update.apps"]),
    (Verification, spec("Stage", "verification")),
    (AnalysisTemplate, spec("Stage", "verification", "analysisTemplates", "[]")),
    (AnalysisArgument, spec("Stage", "verification", "args", "[]")),
    (PromotionStep, {**spec("Stage", *STEP), "config": {"type": "object"}}),
    (StepRetry, spec("Stage", *RETRY)),
    (StepVariable, spec("Stage", *STEP, "vars", "[]")),
    (TaskReference, spec("Stage", *STEP, "task")),
    (GitOps, OPEN["git-clone"]),
    (GiteaRegistry, OPEN["imageSubscription"]),
]
KEYS = [
    pytest.param(annotation, fields, key, id=f"{model.__name__}.{key}")
    for model, fields in FIELDS
    for key, annotation in keys_of(model).items()
    if key not in OURS.get(model, ())
]


def type_of(annotation: Any) -> str:
    """Return the JSON type of a field."""
    if models_in(annotation) and get_origin(annotation) is not tuple:
        return "object"
    while annotation not in JSON_TYPES and get_origin(annotation) not in JSON_TYPES:
        annotation = get_args(annotation)[0]
    return JSON_TYPES[get_origin(annotation) or annotation]


@pytest.mark.parametrize(("annotation", "fields", "key"), KEYS)
def test_a_key_is_kargos(annotation, fields, key):
    """Kargo has a field of that name, with the same values or the same type."""
    field = fields[key] if not isinstance(fields[key], dict) else fields[key].get("enum") or fields[key]["type"]
    if get_origin(annotation) is Literal:
        assert sorted(get_args(annotation)) == sorted(value for value in field if value)
    else:
        assert type_of(annotation) == field
