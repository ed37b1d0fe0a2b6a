"""A GitHub in memory as a GitHub Enterprise Server on loopback, which delivers its events over HTTP."""

import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import trustme

from tests.memory_github import MemoryGitHub
from tests.memory_github_hooks import Answer
from tests.other_host import OtherHost, running


def deliver(url: str, secret: str, event: str, body: dict[str, Any]) -> Answer:
    """Send an event as GitHub does, and return the answer as GitHub records it."""
    content = json.dumps(body).encode()
    signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    try:
        answer = httpx.post(url, content=content, headers=headers, timeout=10)
    except httpx.TransportError:
        return 502, "failed to connect to host", ""
    code = answer.status_code
    return code, "OK" if answer.is_success else f"Invalid HTTP Response: {code}", answer.text


@contextmanager
def github_server(github: MemoryGitHub) -> Iterator[OtherHost]:
    """Serve a GitHub in memory, whose `api` and `hooks.receiver` are set."""
    ca, one_at_a_time = trustme.CA(), threading.Lock()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = httpx.Request(self.command, f"{host.url}{self.path}", headers=dict(self.headers), content=content)
            with one_at_a_time:
                answer = github(request)
            self.send_response(answer.status_code)
            for name, value in {**answer.headers, "content-length": str(len(answer.content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - the base class names them

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
            pass

    with running(Handler, ca) as host:
        github.api, github.hooks.receiver = f"{host.url}/api/v3", deliver
        yield host
