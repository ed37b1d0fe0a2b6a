"""A receiver of announcements on loopback, which may be down for a while."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """A server that accepts every POST.

    Attributes:
        received: path, header `Authorization` and body of each request.
    """

    received: list[tuple[str, str | None, Any]]

    def __init__(self) -> None:
        self.received = []
        self._server = self._started(0)

    @property
    def url(self) -> str:
        """Its address, which stays the same while it is down."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def down(self) -> Iterator[None]:
        """Refuse connections meanwhile."""
        port = self._server.server_port
        self.stop()
        try:
            yield
        finally:
            self._server = self._started(port)

    def stop(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()

    def _started(self, port: int) -> ThreadingHTTPServer:
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                received.append((self.path, self.headers["Authorization"], body))
                self.send_response(201)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
                pass

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server
