"""The stack that is looked at: what its file, its outputs and its state say."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from clients.cluster import Cluster, object_path
from clients.secrecy import Scrubber
from config.errors import problems
from kargo.names import KARGO_API
from model.pipeline import Pipeline
from model.stack import Stack
from ops import engine

_PROJECT = "kargo-backstage:"


@dataclass(frozen=True)
class Subject:
    """A deployed stack.

    Args:
        name: its name.
        stack: what its file says.
        secrets: the encrypted keys of its file; none where this machine cannot decrypt them.
        outputs: its outputs, secrets in clear; none where it is not deployed.
        deployment: its state, secrets masked.
        cluster: the cluster that it changes.
    """

    name: str
    stack: Stack
    secrets: Mapping[str, str] = field(repr=False)
    outputs: Mapping[str, Any] = field(repr=False)
    deployment: Mapping[str, Any] = field(repr=False)
    cluster: Cluster

    @property
    def project(self) -> str:
        """The Kargo project, which is also the namespace."""
        return self.stack.kargo.project

    @property
    def scrubber(self) -> Scrubber:
        """What takes every secret of the file and of the outputs out of a text."""
        own = (self.outputs.get(name) for name in ("webhookUrls", "webhookSecrets"))
        return Scrubber([*self.secrets.values(), *own])

    def kargo(self, kind: str, name: str) -> dict[str, Any]:
        """Return one of the project's objects of a kind of Kargo's.

        Raises:
            ServiceError: if it cannot be read.
        """
        path = object_path(KARGO_API, f"{kind.lower()}s", self.project, name)
        return self.cluster.get(f"{kind} '{name}'", path)

    def freight(self, pipeline: Pipeline) -> list[dict[str, Any]]:
        """Return the Freight of a pipeline's Warehouse.

        Raises:
            ServiceError: if it cannot be listed.
        """
        listed = self.cluster.items("the Freight", object_path(KARGO_API, "freights", self.project))
        return [live for live in listed if live["origin"]["name"] == pipeline.name]

    @property
    def again(self) -> str:
        """The command that makes everything as the stack says, for people."""
        return f"pulumi up --refresh --stack {self.name}"

    def kubectl(self, arguments: str) -> str:
        """Return a command for people."""
        return f"kubectl --context {self.stack.kubernetes.context} --namespace {self.project} {arguments}"


class NoSubjectError(Exception):
    """There is nothing to look at; the text says why."""


def read(name: str) -> Subject:
    """Return a stack as Pulumi knows it.

    Args:
        name: the stack's name.

    Raises:
        NoSubjectError: if Pulumi cannot be asked, or the stack's file cannot be used.
    """
    with ThreadPoolExecutor() as at_once:
        outputs = at_once.submit(engine.outputs, name, "--show-secrets")
        deployment = at_once.submit(engine.deployment, name)
        try:
            entries = engine.configuration(name)
        except engine.EngineError as error:
            raise NoSubjectError(str(error)) from None
    given = {key.removeprefix(_PROJECT): entry for key, entry in entries.items() if key.startswith(_PROJECT)}
    secrets = {key: entry["value"] for key, entry in given.items() if entry.get("secret") and "value" in entry}
    plain = {key: entry.get("objectValue", entry.get("value")) for key, entry in given.items() if key not in secrets}
    try:
        # The engine writes the default of an optional key: an empty text or mapping.
        stack = Stack.model_validate(
            {key: value for key, value in plain.items() if value not in (None, "", {})}, by_alias=True, by_name=False
        )
    except ValidationError as error:
        lines = "".join(f"\n  {problem}" for problem in problems(error, Stack))
        raise NoSubjectError(f"the configuration of stack '{name}' cannot be used{lines}") from None
    cluster = Cluster(stack.kubernetes.kubeconfig or "", stack.kubernetes.context)
    return Subject(name, stack, secrets, outputs.result(), deployment.result(), cluster)
