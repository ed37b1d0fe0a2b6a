"""The differences between an object and its new inputs, and whether they replace it (provider.go, diff.go)."""

from collections.abc import Iterator
from typing import Any

from pulumi.runtime.proto import provider_pb2

from sandbox.standins.plugins.kubernetes.objects import Object, namespace_of
from sandbox.standins.plugins.kubernetes.options import Options

Path = tuple[str | int, ...]

_ADD, _DELETE, _UPDATE = (
    provider_pb2.PropertyDiff.ADD,
    provider_pb2.PropertyDiff.DELETE,
    provider_pb2.PropertyDiff.UPDATE,
)
_REPLACES = {
    _ADD: provider_pb2.PropertyDiff.ADD_REPLACE,
    _DELETE: provider_pb2.PropertyDiff.DELETE_REPLACE,
    _UPDATE: provider_pb2.PropertyDiff.UPDATE_REPLACE,
}
_IDENTITY: tuple[Path, ...] = (("metadata", "name"), ("metadata", "namespace"))
_IMMUTABLE: dict[tuple[str, str], tuple[Path, ...]] = {
    ("v1", "Secret"): (("type",),),
    ("v1", "Service"): (("spec", "clusterIP"),),
    ("v1", "ResourceQuota"): (("spec", "scopes"),),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): (("roleRef",),),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): (("roleRef",),),
}
_ABSENT = object()


def diff(live: Object, inputs: Object, options: Options) -> Any:
    """Return the response to the engine for changed inputs.

    Args:
        live: the object in the state, pruned to the shape of its old inputs.
        inputs: the new inputs.
        options: options of the provider.
    """
    immutable = _immutable(inputs, options)
    detailed = {}
    replaces = []
    for path, kind, value in _changes(live, inputs, ()):
        name = _shown(path)
        replaced = any(_touches(path, value, other) for other in immutable)
        detailed[name] = provider_pb2.PropertyDiff(
            kind=_REPLACES[kind] if replaced else kind, inputDiff=kind == _DELETE
        )
        if replaced or (name == "metadata" and kind == _DELETE):
            replaces.append(name)
    same_object = live["metadata"].get("name") == inputs["metadata"].get("name") and (
        namespace_of(live) == namespace_of(inputs)
    )
    response = provider_pb2.DiffResponse
    return provider_pb2.DiffResponse(
        changes=response.DIFF_SOME if detailed else response.DIFF_NONE,
        replaces=replaces,
        deleteBeforeReplace=bool(replaces) and same_object,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _immutable(inputs: Object, options: Options) -> tuple[Path, ...]:
    """Return the paths whose change replaces the object; by default also the data of a Secret."""
    kind = (inputs["apiVersion"], inputs["kind"])
    fixed = inputs.get("immutable") is True
    if kind == ("v1", "Secret") and (fixed or not options.enable_secret_mutable):
        return (*_IDENTITY, ("type",), ("stringData",), ("data",))
    if kind == ("v1", "ConfigMap") and (fixed or not options.enable_config_map_mutable):
        return (*_IDENTITY, ("binaryData",), ("data",))
    return (*_IDENTITY, *_IMMUTABLE.get(kind, ()))


def _changes(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the path, the kind and the new value of each difference."""
    if old is _ABSENT:
        yield path, _ADD, new
    elif new is _ABSENT or new is None:
        if old is not None:
            yield path, _DELETE, None
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in (*new, *(key for key in old if key not in new)):
            yield from _changes(old.get(key, _ABSENT), new.get(key, _ABSENT), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for i in range(max(len(old), len(new))):
            yield from _changes(old[i] if i < len(old) else _ABSENT, new[i] if i < len(new) else _ABSENT, (*path, i))
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path, _UPDATE, new


def _touches(path: Path, value: Any, immutable: Path) -> bool:
    """Return whether a change at `path` changes a value at the path `immutable`, or above or below it."""
    if path[: len(immutable)] == immutable:
        return True
    if immutable[: len(path)] != path:
        return False
    for key in immutable[len(path) :]:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def _shown(path: Path) -> str:
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        elif any(character in part for character in '."[]'):
            shown += '["' + part.replace('"', '\\"') + '"]'
        else:
            shown += f".{part}" if shown else part
    return shown
