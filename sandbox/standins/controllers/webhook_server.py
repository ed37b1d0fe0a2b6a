"""Stand-in for Kargo's external webhooks server: routes by path, refreshes Warehouses, keeps a record."""

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from kubernetes.client.exceptions import ApiException

from sandbox.layout import Layout, write_private
from sandbox.real.kubernetes_api import client
from sandbox.real.programs import own_program
from sandbox.standins.controllers.expressions import Expressions, Request
from sandbox.standins.controllers.generic_receiver import GenericReceiver
from sandbox.standins.controllers.kargo import KARGO, REFRESH

_MAX_BYTES = 2 << 20


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.api = client(layout.kubeconfig)
        self.expressions = Expressions(own_program("whenexpr"))
        self.one_at_a_time = threading.Lock()
        super().__init__(("127.0.0.1", layout.ports["webhooks"]), _Handler)


def create(layout: Layout) -> ThreadingHTTPServer:
    """Return the server, listening on the sandbox's loopback port."""
    return _Server(layout)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer(200 if self.path == "/healthz" else 404, {})

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
        path = urlsplit(self.path).path
        for config in self._objects("ProjectConfig"):
            for reported in (config.get("status") or {}).get("webhookReceivers") or []:
                if reported["path"] == path:
                    receiver = next(r for r in config["spec"]["webhookReceivers"] if r["name"] == reported["name"])
                    return self._receive(config["metadata"]["namespace"], receiver, raw)
        return 404, {"error": "not found"}

    def _receive(self, namespace: str, receiver: dict[str, Any], raw: bytes) -> tuple[int, dict[str, Any]]:
        if "gitea" in receiver:
            return self._receive_signed(namespace, receiver, raw)
        if "generic" not in receiver:
            return 501, {"error": "this stand-in knows generic and gitea receivers"}
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            return 400, {"error": "invalid request body"}
        generic = GenericReceiver(
            receiver["generic"].get("actions") or [],
            self.server.expressions,
            lambda kind: self._objects(kind, namespace),
            self._refresh,
        )
        return generic.handle(Request(dict(self.headers), body, urlsplit(self.path).query))

    def _receive_signed(self, namespace: str, receiver: dict[str, Any], raw: bytes) -> tuple[int, dict[str, Any]]:
        event = self.headers.get("X-Gitea-Event")
        if event not in ("push", "pull_request"):
            return 501, {"error": f"event type {event or ''} is not supported"}
        secrets = self.server.api.resources.get(api_version="v1", kind="Secret")
        secret = secrets.get(name=receiver["gitea"]["secretRef"]["name"], namespace=namespace).to_dict()
        key = base64.b64decode(secret["data"]["secret"])
        signature = hmac.new(key, raw, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature, self.headers.get("X-Hub-Signature-256", "").removeprefix("sha256=")):
            return 401, {"error": "unauthorized"}
        # No Warehouse subscribes to a Git repository here, and no Promotion waits.
        return 200, {"msg": "refreshed 0 warehouse(s)" if event == "push" else "refreshed 0 promotion(s)"}

    def _objects(self, kind: str, namespace: str | None = None) -> list[dict[str, Any]]:
        resource = self.server.api.resources.get(api_version=KARGO, kind=kind)
        items: list[dict[str, Any]] = resource.get(namespace=namespace).to_dict()["items"]
        return items

    def _refresh(self, target: dict[str, Any]) -> bool:
        resource = self.server.api.resources.get(api_version=KARGO, kind=target["kind"])
        annotations = {REFRESH: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        try:
            resource.patch(
                body={"metadata": {"annotations": annotations}},
                name=target["metadata"]["name"],
                namespace=target["metadata"]["namespace"],
                content_type="application/merge-patch+json",
            )
        except ApiException:
            return False
        return True

    def _record(self, status: int, answer: dict[str, Any], raw: bytes) -> None:
        """Keep the delivery without its path, which is a credential."""
        kept = re.compile(r"x-gitea-event(-type)?$|content-type$", re.IGNORECASE)
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
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Say nothing: the path is a credential."""
