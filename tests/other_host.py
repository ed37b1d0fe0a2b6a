"""A server in the place of a host that tests cannot reach: it accepts and records every login."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme


@dataclass
class OtherHost:
    """A running server.

    Args:
        port: port on loopback. The server speaks TLS there, and is a proxy that leads every connection to itself.
        ca: CA that issued its certificate.
        logins: the received logins, as `username:password`.
    """

    port: int
    ca: trustme.CA
    logins: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def as_proxy(self) -> dict[str, str | None]:
        """Environment variables that send requests for every host except this machine to this server."""
        proxy, own = f"http://127.0.0.1:{self.port}", "127.0.0.1,127.0.0.2,localhost"
        return {"HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": own, "no_proxy": own}

    def trusted_beside(self, ca: Path, path: Path) -> Path:
        """Write a bundle with `ca` and the server's CA."""
        path.write_bytes(ca.read_bytes() + self.ca.cert_pem.bytes())
        return path


@contextmanager
def running(handler: type[BaseHTTPRequestHandler], ca: trustme.CA) -> Iterator[OtherHost]:
    """Run a server on loopback.

    Args:
        handler: answers its requests.
        ca: CA that issued its certificate.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield OtherHost(server.server_port, ca)
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def other_host(*names: str) -> Iterator[OtherHost]:
    """Run a server.

    Args:
        names: other hosts for which it has a certificate.
    """
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1", *names).configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            # A proxy's client begins with CONNECT, any other client with a TLS handshake.
            if self.request.recv(1, 2) == b"\x16":
                self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def do_CONNECT(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.close_connection = False

        def do_GET(self) -> None:
            scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
            if scheme == "Basic":
                host.logins.add(base64.b64decode(encoded).decode())
            if self.path.startswith("/v2/") and not scheme:
                realm = f'Bearer realm="https://{self.headers["Host"]}/token",service="registry"'
                self._answer(401, {}, {"WWW-Authenticate": realm})
            elif "/info/refs?service=" in self.path:
                service = self.path.partition("=")[2]
                self._answer(200, {}, {"Content-Type": f"application/x-{service}-advertisement"})
            else:
                self._answer(200, {"token": "granted", "tags": []}, {})

        def _answer(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            known = {"Content-Type": "application/json", "Content-Length": str(len(content))}
            for name, value in {**known, **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
            pass

    with running(Handler, ca) as host:
        yield host
