"""Base classes of the dynamic providers."""

import logging
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from pulumi import dynamic


class Cluster(Protocol):
    """The cluster of a stack, as a value of the model that these modules do not import."""

    @property
    def context(self) -> str:
        """Kubeconfig context."""

    @property
    def kubeconfig(self) -> str | None:
        """Path of the kubeconfig; None for the machine's own."""


def inputs_of(cluster: Cluster) -> dict[str, str]:
    """Return the inputs by which a provider finds the cluster."""
    return {"context": cluster.context, "kubeconfig": cluster.kubeconfig or ""}


def tell(text: str) -> None:
    """Print a line in a provider's process: the engine shows its output."""
    print(text, flush=True)  # noqa: T201


class Provider(dynamic.ResourceProvider):
    """A provider that compares its resources input by input.

    Attributes:
        replacing: inputs whose change replaces the resource.
        updating: inputs whose change updates the resource.
        ignoring_case: inputs among them that are compared without regard to case.
        deleting_first: inputs among `replacing` whose change deletes the old resource before it creates the new one.
    """

    # Pulumi pickles the provider by reference. It contains no value, so the state may show it.
    serialize_as_secret_always = False

    replacing: Sequence[str] = ()
    updating: Sequence[str] = ()
    ignoring_case: Sequence[str] = ()
    deleting_first: Sequence[str] = ()

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Compare the inputs, and return which of them replace the resource."""
        replaces = [key for key in self.replacing if self._differs(key, _olds, _news)]
        updates = any(self._differs(key, _olds, _news) for key in self.updating)
        first = any(key in self.deleting_first for key in replaces)
        return dynamic.DiffResult(bool(replaces) or updates, replaces, delete_before_replace=first)

    def _differs(self, key: str, olds: dict[str, Any], news: dict[str, Any]) -> bool:
        old, new = olds.get(key), news.get(key)
        if key in self.ignoring_case and isinstance(old, str) and isinstance(new, str):
            return old.lower() != new.lower()
        return bool(old != new)


class CheckProvider(Provider):
    """A provider of checks: a check runs when its resource is created and when an input changes.

    Attributes:
        passed: id of a resource whose check has passed.
    """

    passed: ClassVar[str]

    def check_service(self, props: dict[str, Any]) -> None:
        """Run the check.

        Raises:
            ServiceError: the reason of the failure, and the fix.
        """
        raise NotImplementedError

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Check new inputs."""
        self.check_service(props)
        return dynamic.CreateResult(self.passed, props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Check changed inputs."""
        self.check_service(_news)
        return dynamic.UpdateResult(_news)


def _is_defect(record: logging.LogRecord) -> bool:
    # By name: the program's own process has no HTTP client.
    kinds = type(record.exc_info[1]).__mro__ if record.exc_info else ()
    return all(kind.__name__ != "ServiceError" for kind in kinds)


# The engine shows the error itself. gRPC would add a traceback.
logging.getLogger("grpc._server").addFilter(_is_defect)
