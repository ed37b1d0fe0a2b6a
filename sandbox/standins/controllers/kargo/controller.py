"""Stand-in for Kargo's controllers. It reconciles several objects at the same time."""

import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox.layout import Layout
from sandbox.names import KARGO, REFRESH
from sandbox.real.objects import Objects
from sandbox.standins.controllers.conditions import ready
from sandbox.standins.controllers.kargo.credentials import Credentials
from sandbox.standins.controllers.kargo.libraries import Libraries
from sandbox.standins.controllers.kargo.project_config import project_config_status
from sandbox.standins.controllers.kargo.promotion import phase
from sandbox.standins.controllers.kargo.promotions import Promotions
from sandbox.standins.controllers.kargo.stages import Stages, automatic
from sandbox.standins.controllers.kargo.warehouses import Warehouses

# Kargo's own values: Promotions at the same time, and the interval of its requests for a pull request.
_AT_ONCE = 4
_POLL_SECONDS = 30


class Controller:
    """Reconciles Projects, ProjectConfigs, Warehouses, Stages and Promotions.

    Args:
        objects: the cluster.
        libraries: Kargo's libraries.
        layout: the sandbox, with the folder of the Promotions.
    """

    def __init__(self, objects: Objects, libraries: Libraries, layout: Layout) -> None:
        credentials = Credentials(objects, libraries)
        folder, ca = layout.folder("promotions"), layout.ca
        self._objects = objects
        self._webhooks_url = layout.webhooks_url
        self._warehouses = Warehouses(objects, credentials, libraries, ca)
        self._stages = Stages(objects)
        self._promotions = Promotions(objects, credentials, libraries, folder, ca)
        self._workers = ThreadPoolExecutor(_AT_ONCE, "kargo")
        self._busy: set[str] = set()
        self._looked: dict[str, float] = {}

    @property
    def busy(self) -> bool:
        """Whether it works on an object. It does not see changes of that object meanwhile."""
        return bool(self._busy)

    def reconcile(self) -> None:
        """Reconcile every object once."""
        for project in self._objects.all(KARGO, "Project"):
            self._objects.report(project, {"conditions": [ready(project)]})
        for config in self._objects.all(KARGO, "ProjectConfig"):
            status, problem = project_config_status(config, self._objects.secret, self._webhooks_url)
            condition = ready(config, "False", problem) if problem else ready(config)
            self._objects.report(config, {**status, "conditions": [condition]})
        for warehouse in self._objects.all(KARGO, "Warehouse"):
            if self._warehouses.due(warehouse):
                self._start(warehouse, self._warehouses.reconcile)
        kinds = ("ProjectConfig", "Freight", "PromotionTask", "Promotion")
        configs, freight, tasks, promotions = (self._by_project(kind) for kind in kinds)
        for stage in self._objects.all(KARGO, "Stage"):
            project, name = stage["metadata"]["namespace"], stage["metadata"]["name"]
            own = [p for p in promotions[project] if p["spec"]["stage"] == name]
            promotes = automatic(stage, configs[project])
            current = self._stages.reconcile(stage, own, freight[project], tasks[project], promotes)
            for promotion in own:
                if promotion["metadata"]["name"] == current and self._due(promotion):
                    self._start(promotion, self._promotions.advance)

    def _by_project(self, kind: str) -> defaultdict[str, list[dict[str, Any]]]:
        found = defaultdict(list)
        for live in self._objects.all(KARGO, kind):
            found[live["metadata"]["namespace"]].append(live)
        return found

    def _due(self, promotion: dict[str, Any]) -> bool:
        """Return whether a Promotion is new, was refreshed, or has waited for the interval."""
        handled = (promotion.get("status") or {}).get("lastHandledRefresh", "")
        asked = (promotion["metadata"].get("annotations") or {}).get(REFRESH, "")
        waited = time.monotonic() - self._looked.get(promotion["metadata"]["uid"], -_POLL_SECONDS)
        return phase(promotion) == "Pending" or asked != handled or waited >= _POLL_SECONDS

    def _start(self, live: dict[str, Any], work: Callable[[dict[str, Any]], None]) -> None:
        uid = live["metadata"]["uid"]
        if uid not in self._busy:
            self._busy.add(uid)
            self._workers.submit(self._work, live, work)

    def _work(self, listed: dict[str, Any], work: Callable[[dict[str, Any]], None]) -> None:
        metadata = listed["metadata"]
        try:
            # The listed object may be older than the last write of this thread.
            live = self._objects.get(KARGO, listed["kind"], metadata["namespace"], metadata["name"])
            if live:
                work(live)
        except Exception as error:  # the API may be stopping, or the namespace is being deleted
            print(f"stand-in for Kargo: {listed['kind']} {metadata['name']}: {error!r}", flush=True)
        finally:
            self._looked[metadata["uid"]] = time.monotonic()
            self._busy.discard(metadata["uid"])
