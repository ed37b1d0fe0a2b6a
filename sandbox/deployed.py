"""The deployed objects of Kargo in the cluster. Works with Kargo and with its stand-in."""

from typing import Any

from kubernetes.client.exceptions import ApiException

from sandbox.layout import Layout
from sandbox.names import KARGO
from sandbox.progress import SandboxError
from sandbox.real.kubernetes_api import client
from sandbox.real.objects import Objects


class Deployed:
    """Kargo's objects in the sandbox.

    Args:
        layout: the sandbox.

    Raises:
        SandboxError: if the sandbox is not running.
    """

    def __init__(self, layout: Layout) -> None:
        try:
            self.objects = Objects(client(layout.kubeconfig))
            self.stages = self.all("Stage")
            self.warehouses = {warehouse["metadata"]["name"]: warehouse for warehouse in self.all("Warehouse")}
        except (ApiException, OSError):
            raise SandboxError("the sandbox is not running; run: make up") from None

    def all(self, kind: str, project: str | None = None) -> list[dict[str, Any]]:
        """Return the objects of a kind in a project; None for every project."""
        return self.objects.all(KARGO, kind, project)

    def again(self, live: dict[str, Any]) -> dict[str, Any]:
        """Return the current state of an object.

        Raises:
            SandboxError: if it was deleted.
        """
        metadata = live["metadata"]
        now = self.objects.get(KARGO, live["kind"], metadata.get("namespace"), metadata["name"])
        if now is None:
            raise SandboxError(f"{live['kind']} {metadata['name']} was deleted")
        return now

    def stages_of(self, warehouse: str) -> list[dict[str, Any]]:
        """Return the Stages that request Freight of a Warehouse."""
        requests = [(stage, stage["spec"]["requestedFreight"]) for stage in self.stages]
        return [stage for stage, wanted in requests if warehouse in [request["origin"]["name"] for request in wanted]]
