"""A proxy on loopback that forwards requests, and injects a fault into one of them."""

import http.client
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

RESET = "reset before"
LOST = "answer lost"
BUSY = "503"
LATER = "429"
SILENT = "20 s silence"
MUTE = "silence from then on"
PAGE = "HTML"
KINDS = (RESET, LOST, BUSY, LATER, SILENT, PAGE)

SILENCE_SECONDS = 20.0
_ONE_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length")


class Proxy:
    """Hands every request on to a server, but for one that it counts.

    Args:
        upstream: the server's host and port.
        tls: folder with `server.crt` and `server.key`.
        counts: whether a request, by its method and path, is one of those that are counted.
        silence: how long a silent server says nothing, in seconds.

    Attributes:
        port: where it listens.
        seen: method and path of the counted requests.
    """

    def __init__(
        self, upstream: str, tls: Path, counts: Callable[[str, str], bool], silence: float = SILENCE_SECONDS
    ) -> None:
        self.seen: list[str] = []
        self._upstream, self._counts, self._silence = upstream, counts, silence
        self._fault: tuple[str, int, str] | None = None
        self._muted = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls / "server.crt", tls / "server.key")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = int(self._server.server_address[1])

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        """Serve until the end of the block."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def arm(self, kind: str | None, number: int = 0, what: str = "") -> None:
        """Do `kind` at the request of that number, counted from 0 and from now on; None hands all on.

        Args:
            kind: one of KINDS, or MUTE.
            number: which request.
            what: count only the requests whose method and path have this regular expression.
        """
        with self._lock:
            self.seen.clear()
            self._muted.clear()
            self._fault = (kind, number, what) if kind else None

    def fault(self, method: str, path: str) -> str | None:
        """Return what is to be done with a request other than to hand it on."""
        with self._lock:
            if self._muted.is_set():
                return MUTE
            if not self._counts(method, path):
                return None
            request = f"{method} {path.partition('?')[0]}"
            self.seen.append(request)
            if self._fault is None:
                return None
            kind, number, what = self._fault
            if not re.search(what, request) or sum(bool(re.search(what, one)) for one in self.seen) - 1 != number:
                return None
            if kind == MUTE:
                self._muted.set()
            return kind

    def wait_while_muted(self) -> None:
        """Wait as long as no request is answered."""
        while self._muted.is_set():
            time.sleep(0.2)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy, upstream = self, self._upstream

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                with suppress(OSError, ValueError):
                    super().handle()

            def log_message(self, *_: Any) -> None:
                pass

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind = proxy.fault(self.command, self.path)
                if kind == MUTE:
                    proxy.wait_while_muted()
                elif kind == SILENT:
                    time.sleep(proxy._silence)
                elif kind == BUSY:
                    return self._page(503)
                elif kind == LATER:
                    return self._page(429, {"Retry-After": "1"})
                elif kind == PAGE:
                    return self._page(200)
                if kind in (RESET, SILENT, MUTE):
                    return self._reset()
                connection = http.client.HTTPSConnection(
                    upstream, context=ssl._create_unverified_context(), timeout=300
                )
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                if kind == LOST:
                    answer.read()
                    return self._reset()
                self._hand_back(answer)
                connection.close()
                return None

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer  # noqa: N815

            def _hand_back(self, answer: http.client.HTTPResponse) -> None:
                self.send_response_only(answer.status, answer.reason)
                for name, value in answer.getheaders():
                    if name.lower() not in _ONE_HOP:
                        # Gitea sends its own address, for example the URL of its token service.
                        self.send_header(name, value.replace(upstream, f"127.0.0.1:{proxy.port}"))
                empty = self.command == "HEAD" or answer.status in (204, 304)
                self.send_header(*(("Content-Length", "0") if empty else ("Transfer-Encoding", "chunked")))
                self.end_headers()
                if empty:
                    return
                # A watch goes on for as long as anybody listens.
                while chunk := answer.read1(65536):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                self.wfile.write(b"0\r\n\r\n")

            def _page(self, status: int, headers: dict[str, str] | None = None) -> None:
                page = b"<html><body>Please sign in to the network</body></html>"
                self.send_response_only(status)
                for name, value in {"Content-Type": "text/html", **(headers or {})}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def _reset(self) -> None:
                self.close_connection = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()

        return Handler
