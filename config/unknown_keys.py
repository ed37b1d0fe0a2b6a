"""Advice for an unknown key: its new name, the place where it belongs, or the most similar key."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import takewhile

from pydantic import BaseModel

from config.schema import keys_of, mappings, variant
from model.git_ops import GitOps
from model.login import Login
from model.pipeline import Pipeline
from model.problem import nearest
from model.registry import GiteaRegistry
from model.secrets import SECRETS
from model.stack import Stack
from model.stage import ArgoCD, HttpCheck, Stage
from model.warehouse import Warehouse
from model.webhooks import WebhookSettings

# Keys of 0.1.0 and their new names. Delete this table in the release after 0.2.0.
FORMER: Mapping[type[BaseModel], Mapping[str, str]] = {
    Warehouse: {"select": "imageSelectionStrategy", "semverConstraint": "constraint", "tag": "constraint"},
    Pipeline: {"formerly": ""},
    Stage: {
        "analysisTemplates": "verification.analysisTemplates",
        "argoCd": "argoCD.apps",
        "availability": "availabilityStrategy",
        "check": "httpCheck",
        "formerly": "",
        "selection": "selectionPolicy",
        "soakTime": "requiredSoakTime",
    },
    HttpCheck: {"failure": "failureExpression", "success": "successExpression", "timeout": "retry.timeout"},
    ArgoCD: {"app": "apps[].name", "namespace": "apps[].namespace"},
    GiteaRegistry: {"insecureSkipTlsVerify": "insecureSkipTLSVerify"},
    GitOps: {"insecureSkipTlsVerify": "insecureSkipTLSVerify", "repoUrl": "repoURL"},
    Login: {"proof": "verify"},
    WebhookSettings: {"deliveryProof": "testDelivery"},
}
_FEW = 2
# Steps between two mappings of a file. A mapping farther away has the key for another purpose.
_NEAR = 2


def of_another_variant(key: str, path: str, parent: type[BaseModel]) -> str | None:
    """Return the message for a key that only another variant of its mapping has; None if no variant has it.

    Args:
        key: the key.
        path: path of the mapping that contains it.
        parent: model of that mapping.
    """
    others = [(model, keys) for at, model, keys in _mappings() if at == _pattern(path) and model is not parent]
    having = [model for model, keys in others if key in keys]
    if not having:
        return None
    tags = [*dict.fromkeys(": ".join(found) for model in having if (found := variant(model)))]
    if not tags:
        # A mapping with the key `githubApp` is a variant of its own.
        return f"excludes {next(iter(keys_of(parent)))}; remove one of them"
    return f"only with {' or '.join(tags)}; remove it, or change {tags[0].partition(':')[0]}"


def advice(key: str, path: str, parent: type[BaseModel]) -> str:
    """Return what to do about an unknown key.

    Args:
        key: the key.
        path: path of the mapping that contains it, such as `pipelines[0]`; empty for the file itself.
        parent: model of that mapping.
    """
    former = FORMER.get(parent, {}).get(key)
    if former is not None:
        return f"write {former}, its new name" if former else "remove it; the key no longer exists"
    if 0 < len(places := _places(key, path)) <= _FEW:
        return f"did you mean {' or '.join(places)}?"
    return nearest(key, [*keys_of(parent), *(SECRETS if parent is Stack else ())])


def _places(key: str, path: str) -> list[str]:
    """Return the nearest paths at which the file may have a key; none if another variant of its mapping has it."""
    at = _parts(_pattern(path))
    found: dict[str, int] = {}
    for pattern, model, keys in _mappings():
        name = key if key in keys else FORMER.get(model, {}).get(key)
        if name:
            there = _parts(pattern)
            common = len([*takewhile(lambda pair: pair[0] == pair[1], zip(at, there, strict=False))])
            shown = [*_parts(path)[:common], *there[common:], name]
            found.setdefault(".".join(shown), len(at) + len(there) - 2 * common)
    closest = min(found.values(), default=0)
    return [place for place, distance in found.items() if distance == closest and 0 < distance <= _NEAR]


@cache
def _mappings() -> Sequence[tuple[str, type[BaseModel], frozenset[str]]]:
    """Return every mapping of a file: its path, its model and its keys."""
    return [(path, model, frozenset(keys_of(model))) for path, model in mappings(Stack)]


def _pattern(path: str) -> str:
    return re.sub(r"\[\d+\]", "[]", path)


def _parts(path: str) -> list[str]:
    return path.split(".") if path else []
