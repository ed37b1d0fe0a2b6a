"""What the committed stacks render, for people to read: every Kubernetes object, secrets masked."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.program import run
from tests.recorder import Registered

FOLDER = Path(__file__).parent
STACKS = ("dev", "prod")
_WIDTH = 160
# The order in which people write these keys; others follow by name.
_FIRST = ("apiVersion", "kind", "name", "namespace", "metadata", "uses", "as", "if", "key", "repoURL", "path")
_KINDS = ("Namespace", "Project", "Secret", "ExternalSecret", "ProjectConfig", "Warehouse", "Stage")


class _Dumper(yaml.SafeDumper):
    """Writes a long text as a folded block, so that its quotes need no escapes."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style=">" if len(text) > _WIDTH else None
    ),
)


def rendered(stack: str) -> str:
    """Return the objects of a committed stack as YAML documents.

    What only a deployed stack knows, such as the version of a vault's secret, is as the mocks give it.
    """
    with pytest.MonkeyPatch.context() as patch:
        # A preview needs no kubeconfig, and the developer's own must not be looked at.
        patch.setenv("KUBECONFIG", os.devnull)
        registered = run(stack, preview=True).recorder.resources
    objects = [resource for resource in registered if resource.type.startswith("kubernetes:")]
    # Registrations come as their inputs are known, in another order each time.
    objects.sort(key=lambda resource: (_KINDS.index(resource.type.rpartition(":")[2]), resource.name))
    return yaml.dump_all([_object(o) for o in objects], Dumper=_Dumper, sort_keys=False, width=_WIDTH)


def _object(resource: Registered) -> dict[str, Any]:
    found = {key: value for key, value in resource.inputs.items() if value is not None}
    if "stringData" in found:
        found["stringData"] = dict.fromkeys(found["stringData"], "[secret]")
    ordered: dict[str, Any] = _ordered(found)
    return ordered


def _ordered(value: Any) -> Any:
    if isinstance(value, list):
        return [_ordered(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    keys = sorted(value, key=lambda key: (_FIRST.index(key) if key in _FIRST else len(_FIRST), key))
    return {key: _ordered(value[key]) for key in keys}
