"""Whether what cdk8s rendered and what the program registered are the same objects."""

import base64
import json
from collections.abc import Iterable
from typing import Any

from sandbox.stack import Stack

# Instructions to Pulumi, which mean nothing to `kubectl`.
_INSTRUCTIONS = "pulumi.com/"

Object = dict[str, Any]


def registered(stack: Stack) -> list[Object]:
    """Return the Kubernetes objects that the program has registered, as the state has them."""
    state = json.loads(stack.call("stack", "export", "--show-secrets").stdout)["deployment"]["resources"]
    return [_revealed(r["inputs"]) for r in state if r["type"].startswith("kubernetes:")]


def differing(ours: Iterable[Object], theirs: Iterable[Object]) -> list[str]:
    """Return kind and name of each object that is not the same on both sides."""
    left, right = _by_name(ours), _by_name(theirs)
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def secret_data(content: Object) -> dict[str, str]:
    """Return what a Secret holds, from `data` and `stringData`."""
    encoded = {key: base64.b64decode(value).decode() for key, value in content.get("data", {}).items()}
    return {**encoded, **content.get("stringData", {})}


def _by_name(objects: Iterable[Object]) -> dict[str, Object]:
    found = {}
    for content in objects:
        metadata = {**content["metadata"]}
        annotations = metadata.pop("annotations", {})
        if kept := {key: value for key, value in annotations.items() if not key.startswith(_INSTRUCTIONS)}:
            metadata["annotations"] = kept
        rest = {key: value for key, value in content.items() if key not in ("data", "stringData")}
        if content["kind"] == "Secret":
            rest["data"] = secret_data(content)
        found[f"{content['kind']} {metadata['name']}"] = {**rest, "metadata": metadata}
    return found


def _revealed(value: Any) -> Any:
    """Return `value` with every secret of an exported state opened."""
    if isinstance(value, dict):
        if "plaintext" in value:
            return _revealed(json.loads(value["plaintext"]))
        return {key: _revealed(inner) for key, inner in value.items()}
    return [_revealed(inner) for inner in value] if isinstance(value, list) else value
