"""The client of the cluster's API, with a server whose certificate is not trusted."""

import json
import ssl
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trustme

from clients.cluster import Cluster, UnreachableClusterError


class _Version(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"major": "1"}')

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """Serve a version over TLS; yield the address."""
    listening = HTTPServer(("127.0.0.1", 0), _Version)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()


def cluster(folder: Path, server: str, **settings: object) -> Cluster:
    """Return the client of a kubeconfig that names the server."""
    path = folder / "kubeconfig"
    content = {
        "clusters": [{"name": "c", "cluster": {"server": server, **settings}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "dev", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "dev",
    }
    path.write_text(json.dumps(content))
    return Cluster(str(path), "dev")


def test_a_kubeconfig_that_skips_the_verification_is_not_repeated_with_every_request(tmp_path, server):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        api = cluster(tmp_path, server, **{"insecure-skip-tls-verify": True})
        assert api.get("the version", "/version") == {"major": "1"}
    assert [str(warning.message) for warning in warned] == []


def test_an_untrusted_certificate_is_refused(tmp_path, server):
    with pytest.raises(UnreachableClusterError, match="the kubeconfig does not trust the cluster's certificate"):
        cluster(tmp_path, server).get("the version", "/version")
