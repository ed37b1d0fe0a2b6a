"""The promotion steps of Kargo, and the names of the steps of a Promotion."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import nearest, refusal
from model.types.plain import matching

# Each step that open-source Kargo 1.11.2 registers (pkg/promotion/runner/builtin). Kargo's documentation also lists
# steps that only the Akuity Platform has, such as `send-message`.
BUILT_IN = (
    *("argocd-update", "argocd-wait", "compose-output", "copy", "delete", "fail", "file-write"),
    *("git-clear", "git-clone", "git-commit", "git-merge-pr", "git-open-pr", "git-push", "git-tag", "git-wait-for-pr"),
    *("github-push", "helm-template", "helm-update-chart", "http", "http-download", "json-parse", "json-update"),
    *("kustomize-build", "kustomize-set-image", "oci-download", "oci-push", "set-freight-alias", "set-metadata"),
    *("toml-parse", "toml-update", "untar", "yaml-merge", "yaml-parse", "yaml-update"),
)
# Names of this program's steps (kargo/steps.py, kargo/promotion.py). A number follows the name in a later try.
_OURS = re.compile(
    r"(?:clone|read|create-file|set|verify|commit|push|open-pr|merge-pr|wait-for-pr|argocd|check|publish"
    r"|record|notify-failed|notify-succeeded)(?:-[0-9]+)?"
)
# Kargo's own names of steps without one (1.11, pkg/promotion/local_engine.go).
_KARGOS = re.compile(r"(?:step|task)-[0-9]+")


def _built_in(value: str) -> str:
    if value not in BUILT_IN:
        raise refusal(f"open-source Kargo 1.11 has no such step; {nearest(value, BUILT_IN)}")
    return value


def _unreserved(value: str) -> str:
    if _OURS.fullmatch(value):
        raise refusal("the name of a step of this program; write another name")
    if _KARGOS.fullmatch(value):
        raise refusal("a name that Kargo reserves; write another name")
    return value


BuiltInStep = Annotated[str, AfterValidator(_built_in), WithJsonSchema({"enum": list(BUILT_IN)})]
StepName = Annotated[
    str,
    matching(
        re.compile(r"[A-Za-z][-A-Za-z0-9_]{0,62}"),
        "not a name of a step; write at most 63 letters, digits, - and _, starting with a letter",
    ),
    AfterValidator(_unreserved),
]
