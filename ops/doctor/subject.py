"""The checked stack: its file, outputs and state."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from clients.cluster import Cluster, object_path
from clients.secrecy import Scrubber
from config.errors import below
from config.project import NAME
from kargo.names import KARGO_API
from model.pipeline import Pipeline
from model.stack import Stack
from ops import engine


@dataclass(frozen=True)
class Subject:
    """A deployed stack.

    Args:
        name: name of the stack.
        stack: content of its file.
        secrets: encrypted keys of its file; empty if this machine cannot decrypt them.
        outputs: its outputs, with decrypted secrets; empty if it is not deployed.
        deployment: its state, with masked secrets.
        cluster: its cluster.
        encrypted: names of the encrypted keys of its file, whether or not this machine can decrypt them.
    """

    name: str
    stack: Stack
    secrets: Mapping[str, str] = field(repr=False)
    outputs: Mapping[str, Any] = field(repr=False)
    deployment: Mapping[str, Any] = field(repr=False)
    cluster: Cluster
    encrypted: Container[str] = ()

    @property
    def project(self) -> str:
        """The Kargo project, which is also the namespace."""
        return self.stack.kargo.project

    @property
    def scrubber(self) -> Scrubber:
        """Removes every secret in the file and the outputs from a text."""
        own = (self.outputs.get(name) for name in ("webhookUrls", "webhookSecrets"))
        return Scrubber([*self.secrets.values(), *own])

    def kargo(self, kind: str, name: str) -> dict[str, Any]:
        """Return an object of one of Kargo's kinds in the project, or raise an error of the cluster's client."""
        path = object_path(KARGO_API, f"{kind.lower()}s", self.project, name)
        return self.cluster.get(f"{kind} '{name}'", path)

    def freight(self, pipeline: Pipeline) -> list[dict[str, Any]]:
        """Return the Freight of a pipeline's Warehouse, or raise an error of the cluster's client."""
        listed = self.cluster.items("the Freight", object_path(KARGO_API, "freights", self.project))
        return [live for live in listed if live["origin"]["name"] == pipeline.name]

    @property
    def again(self) -> str:
        """The command that writes all objects again, for the user to run."""
        return f"pulumi up --refresh --stack {self.name}"

    def kubectl(self, arguments: str) -> str:
        """Return a command for the user to run."""
        return f"kubectl --context {self.stack.kubernetes.context} --namespace {self.project} {arguments}"


class NoSubjectError(Exception):
    """The stack cannot be checked; the text contains the reason."""


def read(name: str) -> Subject:
    """Read a stack from Pulumi.

    Raises:
        NoSubjectError: if Pulumi cannot read the stack, or the stack's file cannot be used.
    """
    try:
        return of(name, engine.read(name))
    except engine.EngineError as error:
        raise NoSubjectError(str(error)) from None


def of(name: str, recorded: engine.Recorded) -> Subject:
    """Return a stack that Pulumi has read.

    Raises:
        NoSubjectError: if the stack's file cannot be used.
    """
    prefix = f"{NAME}:"
    given = {key.removeprefix(prefix): entry for key, entry in recorded.entries.items() if key.startswith(prefix)}
    secrets = {key: entry["value"] for key, entry in given.items() if entry.get("secret") and "value" in entry}
    plain = {key: entry.get("objectValue", entry.get("value")) for key, entry in given.items() if key not in secrets}
    try:
        stack = Stack.of_keys(plain)
    except ValidationError as error:
        raise NoSubjectError(f"the configuration of stack '{name}' cannot be used{below(error, Stack)}") from None
    cluster = Cluster(stack.kubernetes.kubeconfig or "", stack.kubernetes.context)
    encrypted = {key for key, entry in given.items() if entry.get("secret")}
    return Subject(name, stack, secrets, recorded.outputs, recorded.deployment, cluster, encrypted)
