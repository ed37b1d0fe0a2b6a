"""The proxy on loopback that leads clients to the stand-ins for Entra and Key Vault.

It answers CONNECT for their hosts itself, with a certificate of a CA of its own. To every other host it answers what a
client without a proxy reports if the name does not exist: Go shows the reason of the answer as the error.
"""

import json
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.standins.azure.answer import Answer, RefusedError, Request
from sandbox.standins.azure.clouds import cloud_of
from sandbox.standins.azure.entra import Entra
from sandbox.standins.azure.key_vault import KeyVault


def create(port: int, tls: Path, entra: Entra, key_vault: KeyVault) -> ThreadingHTTPServer:
    """Return the server on a loopback port; 0 for a free one.

    Args:
        port: the port.
        tls: folder with server.crt and server.key.
        entra: the stand-in for Entra.
        key_vault: the stand-in for Key Vault.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls / "server.crt", tls / "server.key")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = ""

        def do_CONNECT(self) -> None:
            host = self.path.rpartition(":")[0].lower()
            cloud = cloud_of(host)
            if not cloud or not (cloud.signs_in(host) or key_vault.exists(host)):
                self.send_response_only(502, f"dial tcp: lookup {host}: no such host")
                self.end_headers()
                return
            self.send_response_only(200, "Connection established")
            self.end_headers()
            self.host = host
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.close_connection = False

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            cloud = cloud_of(self.host)
            if cloud is None:
                self._send(Answer(400, {}))
                return
            try:
                request = self._request(body)
                service = entra if cloud.signs_in(self.host) else key_vault
                answer = service.answer(cloud, request)
            except RefusedError as refused:
                answer = refused.answer
            except ValueError:
                answer = Answer(400, {})
            self._send(answer)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the base class names them

        def _request(self, body: bytes) -> Request:
            url, kind = urlsplit(self.path), self.headers.get_content_type()
            content: dict[str, Any] = {}
            if kind == "application/x-www-form-urlencoded":
                content = dict(parse_qsl(body.decode(), keep_blank_values=True))
            elif body:
                content = json.loads(body)
            scheme, _, token = self.headers.get("Authorization", "").partition(" ")
            path = tuple(unquote(part) for part in url.path.split("/") if part)
            return Request(self.host, self.command, path, content, token if scheme.lower() == "bearer" else "")

        def _send(self, answer: Answer) -> None:
            content = json.dumps(answer.body, separators=(",", ":")).encode()
            self.send_response(answer.status)
            known = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(content))}
            for name, value in {**known, **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, code: Any = "-", size: Any = "-") -> None:
            path = urlsplit(self.path).path
            print(f"{self.command} {self.host}{path} {int(code)}", flush=True)

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    return server
