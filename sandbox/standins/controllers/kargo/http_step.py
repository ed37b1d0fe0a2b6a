"""The step `http`: one request, whose response is a success, a failure, or neither (http_requester.go)."""

import ipaddress
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from sandbox.standins.controllers.durations import seconds
from sandbox.standins.controllers.kargo.imitated import NotImitatedError, StepFailedError
from sandbox.standins.controllers.kargo.libraries import Libraries

KEYS = ("method", "url", "headers", "body", "timeout", "successExpression", "failureExpression")
_LINK_LOCAL = ("169.254.0.0/16", "fe80::/10")


def request(config: Mapping[str, Any], libraries: Libraries) -> str:
    """Send the request, and return the status of the step: `Succeeded`, or `Running` if it is to be repeated.

    Raises:
        StepFailedError: if the config has values of another type, or the response is a failure.
        ValueError: if no response came, or it cannot be evaluated.
    """
    texts = [value for key, value in config.items() if key != "headers"]
    texts += [header["value"] for header in config.get("headers") or []]
    if not all(isinstance(value, str) for value in texts):
        # Kargo's JSON schema of the step's config refuses it.
        raise StepFailedError("invalid http config: Invalid type. Expected: string")
    if "successExpression" not in config:
        raise NotImitatedError("a step http without successExpression")
    response = _response(config)
    seen = {"response": {"status": response.status_code, "body": _body(response)}}
    has_succeeded, has_failed = (
        key in config and _holds(config[key], seen, libraries) for key in ("successExpression", "failureExpression")
    )
    if has_failed:
        raise StepFailedError(f"HTTP ({response.status_code}) response met failure criteria")
    return "Succeeded" if has_succeeded else "Running"


def _response(config: Mapping[str, Any]) -> httpx.Response:
    """Send the request as Go's client does: it follows redirects, and its error contains the whole URL."""
    method, url = config.get("method", "GET"), config["url"]
    headers = [(header["name"], header["value"]) for header in config.get("headers") or []]
    try:
        _refuse_link_local(url)
        with httpx.Client(
            timeout=seconds(config.get("timeout", "10s")), trust_env=False, follow_redirects=True
        ) as client:
            return client.request(method, url, headers=headers, content=config.get("body", ""))
    except (OSError, httpx.HTTPError) as error:
        raise ValueError(f'error sending HTTP request: {method.capitalize()} "{url}": {error}') from None


def _refuse_link_local(url: str) -> None:
    parts = urlsplit(url)
    found = [ipaddress.ip_address(entry[4][0]) for entry in socket.getaddrinfo(parts.hostname, parts.port)]
    if all(any(address in ipaddress.ip_network(one) for one in _LINK_LOCAL) for address in found):
        raise OSError("connections to link-local addresses are not permitted")


def _body(response: httpx.Response) -> Any:
    """Return the body as expressions see it. JSON of another type than application/json may be invalid."""
    if not response.content:
        return {}
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind.endswith("yaml"):
        raise NotImitatedError("a response in YAML")
    if kind == "text/plain":
        return response.text
    try:
        return json.loads(response.content)
    except ValueError as error:
        if kind == "application/json":
            raise ValueError(f"failed to parse JSON response: {error}") from None
    return {}


def _holds(expression: str, seen: Mapping[str, Any], libraries: Libraries) -> bool:
    result = libraries.ask("expression", expression=expression, environment=seen)
    if not isinstance(result, bool):
        raise ValueError(f'expression "{expression}" did not evaluate to a boolean')
    return result
