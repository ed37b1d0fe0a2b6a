"""Errors of Entra and of Key Vault with Azure's codes, statuses, bodies and sentences: `errors.yaml`."""

import datetime
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.standins.azure.answer import Answer, RefusedError

_ERRORS: dict[str, dict[Any, dict[str, Any]]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())
ENTRA, KEY_VAULT = _ERRORS["entra"], _ERRORS["keyVault"]


def entra_error(number: int, **values: str) -> RefusedError:
    """Return an error of Entra by its AADSTS number. `values` are the values in its sentence."""
    error, ids = ENTRA[number], {"trace_id": str(uuid.uuid4()), "correlation_id": str(uuid.uuid4())}
    time = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    traced = f"Trace ID: {ids['trace_id']} Correlation ID: {ids['correlation_id']} Timestamp: {time}"
    body = {
        "error": error["code"],
        "error_description": f"AADSTS{number}: {_text(error, values)} {traced}",
        "error_codes": [number],
        "timestamp": time,
        **ids,
        "error_uri": f"https://login.microsoftonline.com/error?code={number}",
    }
    return RefusedError(Answer(error["status"], body))


def vault_error(code: str, values: Mapping[str, str], headers: Mapping[str, str] | None = None) -> RefusedError:
    """Return an error of Key Vault by its code, or by its inner code if it has one."""
    error = KEY_VAULT[code]
    inner = {"innererror": {"code": code}} if code != error["code"] else {}
    body = {"error": {"code": error["code"], "message": _text(error, values), **inner}}
    return RefusedError(Answer(error["status"], body, headers or {}))


def _text(error: Mapping[str, Any], values: Mapping[str, str]) -> str:
    """Return the sentence. Without its cause, as with `refuses` in the directory, a value is empty."""
    text: str = error["text"]
    return text.format_map(_Values(values))


class _Values(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""
