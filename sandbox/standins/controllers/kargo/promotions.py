"""The controller of Promotions. It runs the steps in order (pkg/promotion/local_orchestrator.go)."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from sandbox.names import KARGO, REFRESH
from sandbox.real.objects import Objects, clear
from sandbox.standins.controllers.conditions import now
from sandbox.standins.controllers.durations import elapsed, seconds
from sandbox.standins.controllers.kargo.credentials import Credentials
from sandbox.standins.controllers.kargo.freight import available, collection, reference
from sandbox.standins.controllers.kargo.imitated import NotImitatedError, StepFailedError
from sandbox.standins.controllers.kargo.libraries import Libraries
from sandbox.standins.controllers.kargo.promotion import TASK, TERMINAL, Listed, phase
from sandbox.standins.controllers.kargo.steps import Workspace, run

_SEVERITY = ("Succeeded", "Skipped", "Failed", "Errored")
_ERRORS = (ValueError, KeyError, OSError, httpx.HTTPError)
_LONGEST_PAUSE = 4.0


class Promotions:
    """Runs Promotions. Their progress is in their status only.

    Args:
        objects: the cluster.
        credentials: the logins.
        libraries: Kargo's libraries, which evaluate expressions.
        folder: folder with a working directory for each Promotion.
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
            # The folder of an interrupted run is missing or incomplete, so the steps start again, as in Kargo.
            folder.mkdir()
            start, records = 0, []
        outputs = dict(old.get("state") or {})
        name = live["metadata"]["name"]
        of_all = (self._credentials, self._libraries, self._ca, self._objects)
        work = Workspace(folder, namespace, spec["stage"], name, *of_all)
        known = {"freight": reference(freight), "freightCollection": collection(freight), "state": outputs}
        for i in range(start, len(spec["steps"])):
            step = spec["steps"][i]
            if i == len(records):
                tolerated = {"continueOnError": True} if step.get("continueOnError") else {}
                records.append({"alias": step["as"], **tolerated})
            self._step(step, records, outputs, freight, work)
            if records[i]["status"] == "Running":
                return {**known, "phase": "Running", "currentStep": i, "stepExecutionMetadata": records}
        counting = [record for record in records if not record.get("continueOnError")]
        worst = max([{"status": "Succeeded"}, *counting], key=lambda record: _SEVERITY.index(record["status"]))
        ended = {"phase": worst["status"], "message": worst.get("message", "")}
        if ended["phase"] == "Skipped":
            ended["phase"] = "Succeeded"
        return {**known, **ended, "currentStep": len(records) - 1, "stepExecutionMetadata": records}

    def _step(
        self, step: dict[str, Any], records: Listed, outputs: dict[str, Any], freight: dict[str, Any], work: Workspace
    ) -> None:
        """Run one step, and write its record, the last one in `records`."""
        record, alias = records[-1], step["as"]

        def evaluated(template: Any) -> Any:
            seen = self._seen(step, records, outputs, freight, work)
            return self._libraries.ask("value", template=template, promotion=seen)

        try:
            if "startedAt" not in record:
                if not _wanted(step, records, evaluated):
                    record.update(status="Skipped")
                    return
                record["startedAt"] = now()
        except ValueError as error:
            text = f'error checking if step "{alias}" should be skipped: {error}'
            record.update(status="Errored", message=text)
            return
        try:
            config = evaluated(step.get("config") or {})
        except ValueError as error:
            text = f"failed to build step context: failed to get step config: {error}"
            record.update(status="Errored", message=text)
            return
        try:
            record["status"], outputs[alias] = self._tried(step, config, work)
        except StepFailedError as error:
            record.update(status="Failed", message=f'step "{alias}": {error}')
        except _ERRORS as error:
            threshold = _threshold(step)
            text = f'step "{alias}" met error threshold of {threshold}: error running step "{alias}": {error}'
            record.update(status="Errored", message=text, errorCount=threshold)
        timeout = (step.get("retry") or {}).get("timeout")
        if record["status"] == "Running" and timeout and elapsed(record["startedAt"]) > seconds(timeout):
            record.update(status="Errored", message=f'step "{alias}" timed out after {timeout}')
        if record["status"] != "Running":
            record["finishedAt"] = now()

    def _seen(
        self, step: dict[str, Any], records: Listed, outputs: dict[str, Any], freight: dict[str, Any], work: Workspace
    ) -> dict[str, Any]:
        """Return the environment of a step's expressions. In a task it contains only the steps of the task."""
        task = step["as"].rpartition(TASK)[0]
        statuses = {
            record["alias"].rpartition(TASK)[2]: record.get("status", "")
            for record in records
            if record["alias"].rpartition(TASK)[0] == task
        }
        target = {"name": freight["metadata"]["name"], "alias": freight["alias"], "origin": freight["origin"]}
        known = {"project": work.project, "promotion": work.promotion, "stage": work.stage, "targetFreight": target}
        # Kargo's own variable is empty too, unless its chart sets the address of the UI.
        known["uiBaseUrl"] = ""
        seen = {"context": known, "outputs": outputs, "images": freight["images"], "statuses": statuses}
        seen["metadata"] = (freight.get("status") or {}).get("metadata")
        seen["failed"] = _has_failures(records)
        if "secret(" in json.dumps(step):
            secrets = self._objects.all("v1", "Secret", work.project)
            seen["secrets"] = {secret["metadata"]["name"]: clear(secret) for secret in secrets}
        variables: dict[str, Any] = {}
        for variable in step.get("vars") or []:
            value = self._libraries.ask("value", template=variable["value"], promotion={**seen, "vars": variables})
            variables[variable["name"]] = value
        return {**seen, "vars": variables}

    def _tried(self, step: dict[str, Any], config: dict[str, Any], work: Workspace) -> tuple[str, dict[str, Any]]:
        """Run a step. After an error, retry up to the error threshold, with growing pauses; do not retry a failure."""
        for left in range(_threshold(step) - 1, -1, -1):
            try:
                return run(step["uses"], config, work)
            except NotImitatedError:
                raise
            except _ERRORS:
                if not left:
                    raise
                time.sleep(min(2 ** (_threshold(step) - left) / 4, _LONGEST_PAUSE))
        raise ValueError("a step with an error threshold of 0")


def _has_failures(records: Listed) -> bool:
    """Return whether a step has failed, also one of a task. A tolerated failure is none."""
    return any(r.get("status") in ("Failed", "Errored") for r in records if not r.get("continueOnError"))


def _threshold(step: dict[str, Any]) -> int:
    return int((step.get("retry") or {}).get("errorThreshold", 1))


def _wanted(step: dict[str, Any], records: Listed, evaluated: Callable[[str], Any]) -> bool:
    """Return whether to run a step: by its condition, or by default if no earlier step has failed."""
    if "if" not in step:
        return not _has_failures(records)
    wanted = evaluated(step["if"])
    if not isinstance(wanted, bool):
        raise ValueError(f"expression must evaluate to a boolean, got {wanted}")
    return wanted
