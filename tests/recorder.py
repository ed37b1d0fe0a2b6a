"""Pulumi mocks that record every registration, and a helper that opens secrets in the recorded inputs."""

from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import rpc


@dataclass(frozen=True)
class Registered:
    """One registered resource: its type, name, plain inputs and which top-level inputs were secret."""

    type: str
    name: str
    inputs: dict[str, Any]
    secret_inputs: frozenset[str]
    provider: str


def unwrap(value: Any) -> Any:
    """Return `value` with every secret envelope opened and every whole float an int, as Kubernetes would see it."""
    if rpc.is_rpc_secret(value):
        return unwrap(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: unwrap(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [unwrap(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def has_secret(value: Any) -> bool:
    """Return whether a secret envelope is anywhere inside `value`."""
    if rpc.is_rpc_secret(value):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(has_secret(v) for v in inner)


@dataclass
class Recorder(pulumi.runtime.Mocks):
    """Answers registrations as a cluster would, and keeps them in `resources`.

    Args:
        outputs: Pulumi type to outputs added to the inputs; a function gets the inputs.
    """

    outputs: dict[str, Any] = field(default_factory=dict)
    resources: list[Registered] = field(default_factory=list)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Record the registration and answer with its inputs and the outputs of its type."""
        inputs = unwrap(args.inputs)
        secret = frozenset(key for key, value in args.inputs.items() if has_secret(value))
        self.resources.append(Registered(args.typ, args.name, inputs, secret, args.provider or ""))
        extra = self.outputs.get(args.typ, {})
        return f"{args.name}-id", {**args.inputs, **(extra(inputs) if callable(extra) else extra)}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        """Answer every function call with nothing; the program makes none."""
        return {}, None

    def of_type(self, kind: str) -> list[Registered]:
        """Return the registrations whose type ends with `:kind`."""
        return [resource for resource in self.resources if resource.type.rpartition(":")[2] == kind]

    def one(self, kind: str) -> Registered:
        """Return the only registration of a kind."""
        (found,) = self.of_type(kind)
        return found
