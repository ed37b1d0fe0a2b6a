"""Kargo's objects in the cluster: whether its controllers have handled a Project and a ProjectConfig."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from clients.cluster import Cluster, object_path
from clients.conditions import is_true, message
from clients.connection import ServiceError

_API = "kargo.akuity.io/v1alpha1"
_POLL_SECONDS = 0.3
# A running controller handles an object within seconds. Two minutes are enough for a controller that is starting.
_READY_SECONDS = 120.0


class NotReadyError(ServiceError):
    """Kargo did not handle an object; the text contains the message of its condition, and the fix."""


class Kargo:
    """Objects of one Kargo project, read with a `Cluster`.

    Raises:
        NotReadyError: from each method, if an object is not ready in two minutes.
        ServiceError: from each method, if the cluster does not answer, or refuses.
    """

    def __init__(self, kubeconfig: str, context: str, project: str) -> None:
        self._kubeconfig, self._context, self._project = kubeconfig, context, project

    def wait_for_project(self) -> None:
        """Wait until the Project is ready."""
        self._wait("Project", object_path(_API, "projects", None, self._project), lambda status: True)

    def wait_for_receivers(self, token: str, paths: Mapping[str, str]) -> None:
        """Wait until Kargo has handled the ProjectConfig's refresh `token`, and compare the paths that it reports.

        Args:
            token: value of the annotation `kargo.akuity.io/refresh`; Kargo reports the last value that it handled.
            paths: computed path by receiver (secret).

        Raises:
            NotReadyError: also if Kargo reports other paths. The message contains no path.
        """
        path = object_path(_API, "projectconfigs", self._project, self._project)
        status = self._wait("ProjectConfig", path, lambda status: status.get("lastHandledRefresh") == token)
        reported = {found.get("name"): found.get("path") for found in status.get("webhookReceivers") or []}
        if different := [name for name, path in paths.items() if reported.get(name) != path]:
            raise NotReadyError(
                f"Kargo reports another path than the computed one for: {', '.join(different)}; no webhook was "
                "changed. Set kargo.webhooksBaseUrl to the path of Kargo's chart value "
                "externalWebhooksServer.basePath. If they are the same, this Kargo version computes paths differently "
                "than 1.11"
            )

    def _wait(self, kind: str, path: str, handled: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        end, cluster = time.monotonic() + _READY_SECONDS, Cluster(self._kubeconfig, self._context)
        while True:
            live = cluster.read(f"{kind} '{self._project}'", path)
            status = live.get("status") or {}
            if is_true(live, "Ready") and handled(status):
                return dict(status)
            if time.monotonic() > end:
                reason = message(live, "Ready")
                raise NotReadyError(
                    f"{kind} '{self._project}': not ready in {_READY_SECONDS:.0f} s"
                    f"{f' ({reason})' if reason else ''}; check that Kargo's controllers run"
                )
            time.sleep(_POLL_SECONDS)
