"""Stand-in for Kargo's external webhooks server. It routes by path, refreshes objects, and records deliveries."""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from kubernetes.client.exceptions import ApiException

from sandbox.layout import Layout, write_private
from sandbox.names import KARGO, REFRESH
from sandbox.real.objects import Objects
from sandbox.standins.controllers.conditions import now
from sandbox.standins.controllers.kargo.generic_receiver import GenericReceiver
from sandbox.standins.controllers.kargo.gitea_receiver import GiteaReceiver
from sandbox.standins.controllers.kargo.github_receiver import GitHubReceiver
from sandbox.standins.controllers.kargo.libraries import Libraries

_MAX_BYTES = 2 << 20
_SIGNED = {"gitea": GiteaReceiver, "github": GitHubReceiver}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, layout: Layout, objects: Objects, libraries: Libraries) -> None:
        self.layout = layout
        self.objects = objects
        self.libraries = libraries
        self.one_at_a_time = threading.Lock()
        super().__init__(("127.0.0.1", layout.ports["webhooks"]), _Handler)


def create(layout: Layout, objects: Objects, libraries: Libraries) -> ThreadingHTTPServer:
    """Return the server, listening on the sandbox's loopback port."""
    return _Server(layout, objects, libraries)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "stand-in"

    def do_GET(self) -> None:
        self._answer(200 if self.path == "/healthz" else 404, {})

    def do_HEAD(self) -> None:
        """Answer whether the receiver exists, as Kargo does. Without an event it does nothing."""
        self._answer(404 if self._receiver() is None else 200, {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MAX_BYTES:
            self._answer(413, {"error": "content exceeds the limit"})
            return
        raw = self.rfile.read(length)
        with self.server.one_at_a_time:
            status, answer = self._handle(raw)
            self._record(status, answer, raw)
        self._answer(status, answer)

    def _handle(self, raw: bytes) -> tuple[int, dict[str, Any]]:
        found = self._receiver()
        return self._receive(*found, raw) if found else (404, {"error": "not found"})

    def _receiver(self) -> tuple[str, dict[str, Any]] | None:
        """Return the namespace and spec of the receiver at the requested path; None if it is missing."""
        path = urlsplit(self.path).path
        for config in self._objects("ProjectConfig"):
            for reported in (config.get("status") or {}).get("webhookReceivers") or []:
                if reported["path"] == path:
                    receiver = next(r for r in config["spec"]["webhookReceivers"] if r["name"] == reported["name"])
                    return config["metadata"]["namespace"], receiver
        return None

    def _receive(self, namespace: str, receiver: dict[str, Any], raw: bytes) -> tuple[int, dict[str, Any]]:
        for kind, imitated in _SIGNED.items():
            if kind in receiver:
                secret = self.server.objects.secret(namespace, receiver[kind]["secretRef"]["name"]) or {}
                signed = imitated(secret["secret"], lambda: self._objects("Promotion", namespace), self._refresh)
                return signed.handle(dict(self.headers), raw)
        if "generic" not in receiver:
            return 501, {"error": "the stand-in imitates only generic, gitea and github receivers"}
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            return 400, {"error": "invalid request body"}
        generic = GenericReceiver(
            receiver["generic"]["actions"],
            self.server.libraries,
            lambda: self._objects("Warehouse", namespace),
            self._refresh,
        )
        return generic.handle({"headers": dict(self.headers), "body": body})

    def _objects(self, kind: str, namespace: str | None = None) -> list[dict[str, Any]]:
        return self.server.objects.all(KARGO, kind, namespace)

    def _refresh(self, target: dict[str, Any]) -> bool:
        try:
            self.server.objects.annotate(target, {REFRESH: now()})
        except ApiException:
            return False
        return True

    def _record(self, status: int, answer: dict[str, Any], raw: bytes) -> None:
        """Record the delivery without its path, which is a credential."""
        kept = re.compile(r"x-git(ea|hub)-event(-type)?$|content-type$", re.IGNORECASE)
        record = {
            "headers": {name: value for name, value in self.headers.items() if kept.match(name)},
            "body": json.loads(raw) if raw.startswith((b"{", b"[")) else None,
            "status": status,
            "answer": answer,
        }
        write_private(self.server.layout.deliveries / f"{time.time_ns()}.json", json.dumps(record, indent=2) + "\n")

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Log nothing: the path is a credential."""
