"""The Promotions' controller: runs steps in order and reports each (pkg/promotion/local_orchestrator.go)."""

import shutil
from pathlib import Path
from typing import Any

import httpx

from sandbox.names import KARGO, REFRESH
from sandbox.real.objects import Objects
from sandbox.standins.controllers.conditions import now
from sandbox.standins.controllers.kargo.credentials import Credentials
from sandbox.standins.controllers.kargo.freight import available, collection, reference
from sandbox.standins.controllers.kargo.libraries import Libraries
from sandbox.standins.controllers.kargo.promotion import TERMINAL, phase
from sandbox.standins.controllers.kargo.steps import StepFailedError, Workspace, run

_SEVERITY = ("Succeeded", "Skipped", "Failed", "Errored")


class Promotions:
    """Runs Promotions; what one has reached stands in its status alone.

    Args:
        objects: the cluster.
        credentials: finds logins.
        libraries: evaluate expressions.
        folder: where each Promotion gets a working directory.
        ca: CA of the Git server.
    """

    def __init__(
        self, objects: Objects, credentials: Credentials, libraries: Libraries, folder: Path, ca: Path
    ) -> None:
        self._objects = objects
        self._credentials = credentials
        self._libraries = libraries
        self._folder = folder
        self._ca = ca

    def advance(self, live: dict[str, Any]) -> None:
        """Run a Promotion until it ends or waits."""
        if phase(live) in TERMINAL:
            return
        if phase(live) == "Pending":
            self._objects.report(live, {"phase": "Running", "startedAt": now()})
        folder = self._folder / live["metadata"]["uid"]
        status = self._run(live, folder)
        if status["phase"] in TERMINAL:
            status["finishedAt"] = now()
            shutil.rmtree(folder, ignore_errors=True)
            name, message = live["metadata"]["name"], status.get("message", "")
            print(f"stand-in for Kargo: Promotion {name}: {status['phase']} {message}".rstrip(), flush=True)
        token = (live["metadata"].get("annotations") or {}).get(REFRESH, "")
        self._objects.report(live, {**status, "lastHandledRefresh": token})

    def _run(self, live: dict[str, Any], folder: Path) -> dict[str, Any]:
        namespace, spec = live["metadata"]["namespace"], live["spec"]
        freight = self._objects.get(KARGO, "Freight", namespace, spec["freight"])
        stage = self._objects.get(KARGO, "Stage", namespace, spec["stage"])
        if not freight or not stage or not available(stage, freight):
            what = f'Freight "{spec["freight"]}" is not available to Stage "{spec["stage"]}"'
            return {"phase": "Errored", "message": f'{what} in namespace "{namespace}"'}
        old = live.get("status") or {}
        if folder.exists():
            start, records = old.get("currentStep", 0), list(old.get("stepExecutionMetadata") or [])
        else:
            # The folder of an interrupted run is gone, or half-way: steps begin again, as Kargo's do.
            folder.mkdir()
            start, records = 0, []
        outputs = dict(old.get("state") or {})
        work = Workspace(folder, namespace, live["metadata"]["name"], self._credentials, self._libraries, self._ca)
        known = {"freight": reference(freight), "freightCollection": collection(freight), "state": outputs}
        for i in range(start, len(spec["steps"])):
            step = spec["steps"][i]
            if i == len(records):
                records.append({"alias": step["as"]})
            self._step(step, records, outputs, freight["images"], work)
            if records[i]["status"] == "Running":
                return {**known, "phase": "Running", "currentStep": i, "stepExecutionMetadata": records}
        worst = max(records, key=lambda record: _SEVERITY.index(record["status"]))
        ended = {"phase": worst["status"], "message": worst.get("message", "")}
        if ended["phase"] == "Skipped":
            ended["phase"] = "Succeeded"
        return {**known, **ended, "currentStep": len(records) - 1, "stepExecutionMetadata": records}

    def _step(
        self, step: dict[str, Any], records: list[dict[str, Any]], outputs: dict[str, Any], images: Any, work: Workspace
    ) -> None:
        """Run one step and write its record, the last of `records`."""
        record, alias = records[-1], step["as"]
        statuses = {r["alias"]: r.get("status", "") for r in records}
        seen = {"outputs": outputs, "images": images, "statuses": statuses}
        if "startedAt" not in record:
            try:
                wanted = not any(status in ("Failed", "Errored") for status in statuses.values())
                if "if" in step:
                    wanted = self._libraries.ask("value", template=step["if"], promotion=seen)
                if not isinstance(wanted, bool):
                    raise ValueError(f"expression must evaluate to a boolean, got {wanted}")
            except ValueError as error:
                text = f'error checking if step "{alias}" should be skipped: {error}'
                record.update(status="Errored", message=text)
                return
            if not wanted:
                record.update(status="Skipped")
                return
        record.setdefault("startedAt", now())
        try:
            config = self._libraries.ask("value", template=step.get("config") or {}, promotion=seen)
        except ValueError as error:
            text = f"failed to build step context: failed to get step config: {error}"
            record.update(status="Errored", message=text)
            return
        try:
            record["status"], outputs[alias] = run(step["uses"], config, work)
        except StepFailedError as error:
            record.update(status="Failed", message=f'step "{alias}": {error}')
        except (ValueError, KeyError, OSError, httpx.HTTPError) as error:
            text = f'step "{alias}" met error threshold of 1: error running step "{alias}": {error}'
            record.update(status="Errored", message=text, errorCount=1)
        if record["status"] != "Running":
            record["finishedAt"] = now()
