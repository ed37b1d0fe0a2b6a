"""Kargo, as the cluster shows it: whether its controllers have handled a Project and a ProjectConfig."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from clients.cluster import Cluster, object_path
from clients.connection import ServiceError

_API = "kargo.akuity.io/v1alpha1"
_POLL_SECONDS = 0.3
# A controller that runs handles an object within seconds; two minutes leave room for one that is just starting.
_READY_SECONDS = 120.0


class NotReadyError(ServiceError):
    """Kargo did not handle an object; the text says what its condition reports, and what to do."""


class Kargo:
    """One project's Kargo objects.

    Args:
        kubeconfig: path of the kubeconfig; empty means the machine's own.
        context: its context.
        project: the Kargo project.
    """

    def __init__(self, kubeconfig: str, context: str, project: str) -> None:
        self._kubeconfig, self._context, self._project = kubeconfig, context, project

    def wait_for_project(self) -> None:
        """Wait until the Project is ready.

        Raises:
            NotReadyError: if it is not in two minutes.
            ServiceError: if the cluster cannot be asked, or refuses.
        """
        self._wait("Project", object_path(_API, "projects", None, self._project), lambda status: True)

    def wait_for_receivers(self, token: str, paths: Mapping[str, str]) -> None:
        """Wait until Kargo has handled the ProjectConfig's refresh `token`, and compare the paths that it reports.

        Args:
            token: value of the annotation `kargo.akuity.io/refresh`; Kargo reports the one that it handled last.
            paths: the receivers' computed paths by name (secret).

        Raises:
            NotReadyError: if it has not in two minutes, or if it reports other paths; no path is shown.
            ServiceError: if the cluster cannot be asked, or refuses.
        """
        path = object_path(_API, "projectconfigs", self._project, self._project)
        status = self._wait("ProjectConfig", path, lambda status: status.get("lastHandledRefresh") == token)
        if different := differing_paths(paths, status):
            raise NotReadyError(
                f"Kargo reports another path than the computed one for: {', '.join(different)}. Either Kargo's own "
                "base URL (chart value externalWebhooksServer.basePath) has another path than kargo.webhooksBaseUrl, "
                "or this Kargo derives paths in another way than 1.11 does. No webhook was changed"
            )

    def _wait(self, kind: str, path: str, handled: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        end = time.monotonic() + _READY_SECONDS
        while True:
            # A `Cluster` reads each object once.
            live = Cluster(self._kubeconfig, self._context).get(f"{kind} '{self._project}'", path)
            status = live.get("status") or {}
            ready: Mapping[str, Any] = next((c for c in status.get("conditions") or [] if c.get("type") == "Ready"), {})
            if ready.get("status") == "True" and handled(status):
                return dict(status)
            if time.monotonic() > end:
                said = " ".join(str(ready.get("message") or "").split())
                raise NotReadyError(
                    f"{kind} '{self._project}': not ready in {_READY_SECONDS:.0f} s"
                    f"{f' ({said})' if said else ''}; check that Kargo's controllers run"
                )
            time.sleep(_POLL_SECONDS)


def differing_paths(paths: Mapping[str, str], status: Mapping[str, Any]) -> list[str]:
    """Return the names of the receivers whose path in a ProjectConfig's `status` is not the one in `paths`."""
    reported = {r.get("name"): r.get("path") for r in status.get("webhookReceivers") or []}
    return [name for name, path in paths.items() if reported.get(name) != path]
