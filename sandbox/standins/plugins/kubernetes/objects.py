"""Kubernetes objects in the provider: names, normal forms, and their form in Pulumi's state."""

import base64
import binascii
import copy
from typing import Any

from sandbox.standins.plugins.kubernetes.secrecy import annotate
from sandbox.standins.plugins.wire import contains, is_unknown, revealed

Object = dict[str, Any]

_INPUTS, _API_VERSION, FIELD_MANAGER = "__inputs", "__initialApiVersion", "__fieldManager"
_READ_ONLY = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)


def kind_of(urn: str) -> Object:
    """Return `apiVersion` and `kind` of a URN's type token, such as `kubernetes:core/v1:Secret`."""
    _, api_version, kind = urn.split("::")[2].rpartition("$")[2].split(":", 2)
    return {"apiVersion": api_version.removeprefix("core/"), "kind": kind}


def is_builtin(value: Object) -> bool:
    """Return whether Kubernetes itself defines the object's kind."""
    group, slash, _ = value["apiVersion"].rpartition("/")
    return not slash or "." not in group or group.endswith(".k8s.io")


def id_of(value: Object) -> str:
    """Return the id: `namespace/name`, or `name` without a namespace."""
    namespace, name = namespace_of(value), value["metadata"]["name"]
    return f"{namespace}/{name}" if namespace else str(name)


def split_id(id_: str) -> tuple[str | None, str]:
    """Return namespace and name of an id."""
    namespace, _, name = id_.rpartition("/")
    return namespace or None, name


def namespace_of(value: Object) -> str | None:
    """Return the object's namespace."""
    namespace: str | None = value["metadata"].get("namespace")
    return namespace


def annotation(value: Object, name: str) -> str:
    """Return an annotation below `pulumi.com/`; empty if it is not set."""
    annotations = (value.get("metadata") or {}).get("annotations")
    return str(annotations.get(f"pulumi.com/{name}") or "") if isinstance(annotations, dict) else ""


def has_unknown(value: Object) -> bool:
    """Return whether a preview does not know a part of the object."""
    return contains(value, is_unknown)


def normalized(value: Object) -> Object:
    """Return inputs without the fields that only the server writes, and with a Secret's `stringData` as `data`."""
    value = copy.deepcopy(value)
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        for key in _READ_ONLY:
            metadata.pop(key, None)
    if (value.get("apiVersion"), value.get("kind")) == ("v1", "Secret") and not has_unknown(value):
        given = {key: base64.b64encode(v.encode()).decode() for key, v in (value.get("stringData") or {}).items()}
        if given:
            del value["stringData"]
            value["data"] = {**(value.get("data") or {}), **given}
        elif value.get("data"):
            value["data"] = {key: _encoded_again(v) for key, v in value["data"].items()}
    return value


def _encoded_again(value: str) -> str:
    """Return base64 in the form of the API server. An invalid value stays unchanged."""
    try:
        return base64.b64encode(base64.b64decode(value)).decode()
    except binascii.Error:
        return value


def pruned(live: Any, shape: Any) -> Any:
    """Return the part of `live` with the keys of `shape`, for the comparison with new inputs.

    As in the real provider, entries that others append to a list are cut off, so this drift is not detected.
    """
    if isinstance(live, dict) and isinstance(shape, dict):
        return {key: pruned(value, shape[key]) for key, value in live.items() if key in shape}
    if isinstance(live, list) and isinstance(shape, list):
        return [pruned(a, b) for a, b in zip(live, shape, strict=False)]
    return live


def checkpoint(inputs: Object, live: Object, given: Object, manager: str, api_version: str = "") -> Object:
    """Return the object for the state: the live object, its inputs and its field manager, with secrets in envelopes.

    Args:
        inputs: the inputs without envelopes.
        live: the object of the server.
        given: the inputs with secrets in envelopes.
        manager: field manager of later server-side applies.
        api_version: API version of the creation; empty for the version of the inputs.
    """
    return {
        **annotate(live, given),
        _INPUTS: annotate(inputs, given),
        _API_VERSION: api_version or inputs["apiVersion"],
        FIELD_MANAGER: manager,
    }


def parse(state: Object) -> tuple[Object, Object]:
    """Return the inputs and the live object of a state, without envelopes."""
    live = revealed(state)
    return live.pop(_INPUTS, {}), live


def manager_of(state: Object) -> str | None:
    """Return the field manager of a state."""
    manager: str | None = state.get(FIELD_MANAGER)
    return manager


def api_version_of(state: Object) -> str:
    """Return the API version with which the object of a state was created; empty if the state does not contain it."""
    return str(state.get(_API_VERSION) or "")
